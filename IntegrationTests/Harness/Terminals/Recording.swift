import Glibc

/// Everything that happened on one terminal, to be played back: asciicast version 2, one JSON array a line.
/// https://docs.asciinema.org/manual/asciicast/v2/
final class Recording {
  /// The part that is kept of a terminal that floods: its beginning. A player could not show more anyway.
  static let keptBytes = 4 << 20

  private enum Event {
    case output([UInt8])
    case input([UInt8])
    case resize(TerminalSize)
  }

  private let size: TerminalSize
  private let title: String
  private let started = ContinuousClock.now
  private let startedAt = time(nil)
  private var events: [(after: Duration, event: Event)] = []
  private var keptSoFar = 0

  init(size: TerminalSize, title: String) {
    self.size = size
    self.title = title
  }

  func received(_ bytes: [UInt8]) {
    guard keptSoFar < Self.keptBytes else { return }
    keptSoFar += bytes.count
    add(.output(bytes))
  }

  func sent(_ bytes: [UInt8]) { add(.input(bytes)) }

  func resized(to size: TerminalSize) { add(.resize(size)) }

  private func add(_ event: Event) {
    events.append((ContinuousClock.now - started, event))
  }

  /// The whole recording as the file's content.
  func asciicast() -> String {
    var text = """
      {"version": 2, "width": \(size.columns), "height": \(size.rows), "timestamp": \(startedAt), \
      "title": \(JSON.string(title)), "env": {"TERM": "xterm-256color"}}

      """
    // A character may be cut in two by a read; its first half waits for the second.
    var cut: [UInt8] = []
    for (after, event) in events {
      let time = JSON.seconds(after)
      switch event {
      case .output(let bytes):
        let (whole, rest) = UTF8Boundary.split(cut + bytes)
        cut = rest
        text += "[\(time), \"o\", \(JSON.string(String(decoding: whole, as: UTF8.self)))]\n"
      case .input(let bytes):
        text += "[\(time), \"i\", \(JSON.string(String(decoding: bytes, as: UTF8.self)))]\n"
      case .resize(let size):
        text += "[\(time), \"r\", \"\(size.columns)x\(size.rows)\"]\n"
      }
    }
    return text
  }
}

enum JSON {
  /// A string literal.
  static func string(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\u{0}"..."\u{1F}", "\u{7F}": literal += "\\u00" + Hexadecimal.two(UInt8(scalar.value))
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }

  /// A number of seconds with six decimals.
  static func seconds(_ duration: Duration) -> String {
    let micros = duration.nanoseconds / 1000
    let fraction = String(micros % 1_000_000)
    return "\(micros / 1_000_000).\(String(repeating: "0", count: 6 - fraction.count))\(fraction)"
  }
}

enum Hexadecimal {
  static func two(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}

enum UTF8Boundary {
  /// Splits off the beginning of a character whose end is still to come.
  static func split(_ bytes: [UInt8]) -> (whole: ArraySlice<UInt8>, rest: [UInt8]) {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      if length > back { return (bytes.dropLast(back), Array(bytes.suffix(back))) }
      break
    }
    return (bytes[...], [])
  }
}
