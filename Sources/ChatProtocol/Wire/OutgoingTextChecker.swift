import Basics

/// Checks text that is to be sent as messages, line by line, as it comes. A message is UTF-8 of at most
/// ``Limits/messageBytesMax`` bytes without a NUL byte.
public struct OutgoingTextChecker: Sendable {
  /// The first line that cannot be sent, and why.
  public struct Unusable: Error, Equatable, Sendable {
    /// A rule that a line breaks.
    public enum Reason: Sendable { case tooLong, nulByte, notUTF8 }
    /// The line's number, counted from 1.
    public let line: Int
    /// The rule that it breaks.
    public let reason: Reason
  }

  /// The number of whole lines so far.
  public private(set) var lines = 0
  /// The number of bytes of the unfinished line.
  private var openBytes = 0
  private var utf8 = UTF8Text.Checker()

  /// A checker at the start of a text.
  public init() {}

  /// Whether the text so far ends within a line.
  var isInsideLine: Bool { openBytes > 0 }

  /// Checks the next bytes of the text.
  /// - Throws: the first line that cannot be sent. Do not go on after it.
  public mutating func check(_ text: ArraySlice<UInt8>) throws(Unusable) {
    var rest = text
    while !rest.isEmpty {
      try checkChunk(rest.prefix(Limits.messageBytesMax))
      rest = rest.dropFirst(Limits.messageBytesMax)
    }
  }

  private mutating func checkChunk(_ chunk: ArraySlice<UInt8>) throws(Unusable) {
    if utf8.isInsideCharacter || !ByteScan.isPlainASCII(chunk) {
      try checkLengthAndEachByte(of: chunk)
    } else {
      try checkLength(of: chunk)
    }
  }

  /// Checks the end of the text, which also ends an unfinished line.
  /// - Throws: if the text ends within a character.
  public mutating func finish() throws(Unusable) {
    if utf8.isInsideCharacter { throw Unusable(line: lines + 1, reason: .notUTF8) }
    if isInsideLine { lines += 1 }
    openBytes = 0
  }

  private mutating func checkLength(of chunk: ArraySlice<UInt8>) throws(Unusable) {
    let lineFeed = UInt8(ascii: "\n")
    guard let first = ByteScan.firstIndex(of: lineFeed, in: chunk, from: chunk.startIndex),
      let last = chunk.lastIndex(of: lineFeed)
    else { return try add(chunk.count) }
    // A line that begins and ends in one chunk is shorter than the chunk, so only the first line can be too long.
    precondition(chunk.count <= Limits.messageBytesMax)
    try add(first - chunk.startIndex)
    lines += ByteScan.count(of: lineFeed, in: chunk)
    openBytes = 0
    try add(chunk.endIndex - last - 1)
  }

  private mutating func checkLengthAndEachByte(of chunk: ArraySlice<UInt8>) throws(Unusable) {
    for byte in chunk {
      guard utf8.accept(byte) else { throw Unusable(line: lines + 1, reason: .notUTF8) }
      switch byte {
      case UInt8(ascii: "\n"):
        lines += 1
        openBytes = 0
      case 0: throw Unusable(line: lines + 1, reason: .nulByte)
      default: try add(1)
      }
    }
  }

  private mutating func add(_ count: Int) throws(Unusable) {
    openBytes += count
    if openBytes > Limits.messageBytesMax { throw Unusable(line: lines + 1, reason: .tooLong) }
  }
}
