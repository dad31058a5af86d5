/// How things are put in reports.
enum Words {
  /// As much of a text as helps; longer ones say how long they are.
  static let quotedBytes = 200

  /// A text in quotes, with escapes for what cannot be seen.
  static func quoted(_ bytes: some Collection<UInt8>, limit: Int = quotedBytes) -> String {
    "\"\(escaped(Array(bytes.prefix(limit))))\"" + cut(bytes.count, limit)
  }

  /// A line of output, escaped in the same way.
  static func line(_ bytes: some Collection<UInt8>) -> String {
    escaped(Array(bytes.prefix(quotedBytes))) + cut(bytes.count, quotedBytes)
  }

  /// The note on a text of which not everything is shown.
  static func cut(_ count: Int, _ shown: Int) -> String {
    count > shown ? "… (\(count) bytes)" : ""
  }

  /// The same escapes a scenario is written with; bytes that are no UTF-8 as \xNN.
  static func escaped(_ bytes: [UInt8]) -> String {
    var text = ""
    var rest = bytes[...]
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
      let character = rest.prefix(max(1, length))
      if length > 1, let valid = String(validating: character, as: UTF8.self) {
        let isVisible = valid.unicodeScalars.allSatisfy { !$0.properties.isBidiControl && $0.value > 0x9F }
        text += isVisible ? valid : valid.unicodeScalars.map { "\\u{\(String($0.value, radix: 16))}" }.joined()
      } else {
        text += ascii(first, isCharacter: length == 1)
        rest = rest.dropFirst()
        continue
      }
      rest = rest.dropFirst(length)
    }
    return text
  }

  private static func ascii(_ byte: UInt8, isCharacter: Bool) -> String {
    switch byte {
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x09: "\\t"
    case 0x1B: "\\e"
    case 0x22: "\\\""
    case 0x5C: "\\\\"
    case 0x20...0x7E: String(UnicodeScalar(byte))
    default: "\\x\(Hexadecimal.two(byte))"
    }
  }

  /// The difference of a text from the expected one: line by line, or beginning where it stops being that.
  static func difference(_ bytes: [UInt8], from expected: Matcher) -> String {
    if let lines = LineDiff.text(expected, bytes) { return lines }
    if bytes.count <= quotedBytes {
      let hint = Lookalike.hint(expected, in: bytes)
      return "it is \(quoted(bytes))\(hint.isEmpty ? "" : "; \(hint)")"
    }
    let same = expected.agreement(with: bytes[...])
    let from = max(0, same - 20)
    return
      "it is \(bytes.count) bytes that differ from byte \(same + 1) on: …\(quoted(bytes[from...].prefix(quotedBytes)))"
  }

  /// The note where a text was looked for in a flood.
  static func flood(_ transcript: Transcript) -> String {
    "\(transcript.totalBytes) bytes came, and not all are kept; such a flood is looked at by `output to FILE`"
  }

  static func flood(_ screen: Screen) -> String {
    "more was drawn on the screen than is kept, and a part of it was not looked at while it came"
  }

  /// The note where something to be kept ends where the output ends so far.
  static let unfinished = "it is there, but nothing follows it so far, so that more of it may come"

  static func duration(_ duration: Duration) -> String {
    let milliseconds = duration.nanoseconds / 1_000_000
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
  }

  /// Seconds with three decimals.
  static func seconds(_ duration: Duration) -> String {
    let milliseconds = duration.nanoseconds / 1_000_000
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
  }

  static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
