import Terminal

/// The form of the times in the conversation: a format of strftime(3), or none. It was checked, so it gives a short
/// text in one row.
public struct TimestampFormat: Equatable, Sendable {
  /// `12:04`, the usual form.
  public static let hoursAndMinutes = TimestampFormat(format: "%H:%M")
  /// No times at all.
  static let none = TimestampFormat(format: nil)

  /// The most characters a time may have, as the conversation needs the rest of the row: a long date with seconds and
  /// a time zone has fewer.
  private static let charactersMax = 48
  /// A format needs no more bytes for that.
  private static let formatBytesMax = 128
  /// A Wednesday in September, whose English names are the longest.
  private static let longest = WallTime(seconds: 1_822_219_200)

  private let format: String?

  /// The error that a text is no format. The description is for the user.
  public struct Malformed: Error, CustomStringConvertible {
    public let description: String
  }

  private init(format: String?) { self.format = format }

  /// Reads a format, or `none`.
  /// - Throws: the reason why the text is neither, for the user.
  public init(parsing text: String) throws(Malformed) {
    if text == "none" {
      self = .none
      return
    }
    guard text.utf8.count <= TimestampFormat.formatBytesMax else {
      throw Malformed(description: "at most \(TimestampFormat.formatBytesMax) bytes are possible")
    }
    try TimestampFormat.checkConversions(of: text)
    let time = TimestampFormat.longest.text(by: text)
    guard (1...TimestampFormat.charactersMax).contains(time.count) else {
      throw Malformed(
        description: text.isEmpty
          ? "a format such as %H:%M:%S is needed, or 'none'"
          : "a time would be longer than \(TimestampFormat.charactersMax) characters")
    }
    guard EscapedText.of(time) == time else {
      throw Malformed(description: "a time would have control characters or invisible ones")
    }
    format = text
  }

  /// The C library prints what it does not know as it stands, so a slip would be seen only in the conversation.
  private static func checkConversions(of text: String) throws(Malformed) {
    var rest = text.unicodeScalars[...]
    while let start = rest.firstIndex(of: "%") {
      rest = rest[rest.index(after: start)...].drop { "_-0^#+".unicodeScalars.contains($0) }
      rest = rest.drop { "0123456789".unicodeScalars.contains($0) }
      if let modifier = rest.first, "EO".unicodeScalars.contains(modifier) { rest.removeFirst() }
      guard let letter = rest.popFirst(), "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%".unicodeScalars.contains(letter)
      else {
        let conversion = String(text.unicodeScalars[start..<rest.startIndex])
        throw Malformed(description: "'\(EscapedText.of(conversion))' is no conversion of strftime")
      }
    }
  }

  /// The text for an instant; nil if there is none.
  func text(of time: WallTime) -> String? {
    guard let text = format.map({ time.text(by: $0) }), !text.isEmpty else { return nil }
    return text
  }
}
