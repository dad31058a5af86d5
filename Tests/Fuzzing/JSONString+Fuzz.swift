import Basics

extension FuzzTarget {
  /// Strings in the event stream: a reader gets back what was written.
  static let jsonString = FuzzTarget(
    name: "json-string", words: ["\"", "\\", "\\u0000", "\u{0}", "\u{7F}", "\u{2028}", "\u{202E}", "\u{1F40C}"]
  ) { input in
    let text = String(decoding: input, as: UTF8.self)
    let quoted = JSONObject.quoted(text)
    try require(
      quoted.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "a control character passes")
    // Compared by scalars: two strings of Swift are equal when they are only canonically equivalent.
    try requireEqual(unquoted(quoted)?.map(\.value), text.unicodeScalars.map(\.value), "read again")
    let scalars = Array(text.unicodeScalars)
    for cut in Splits.cuts(scalars.count, seed: Splits.hash(input)) {
      let halves = string(scalars[..<cut]).dropLast() + string(scalars[cut...]).dropFirst()
      try requireEqual(halves, Array(quoted.unicodeScalars)[...], "cut at \(cut)")
    }
  }

  /// The scalars of a string as JSON has it.
  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return Array(JSONObject.quoted(String(text)).unicodeScalars)
  }

  /// Reads a JSON string as RFC 8259 section 7 has it, by UTF-16 units.
  /// - Returns: nil when it is none.
  private static func unquoted(_ quoted: String) -> [Unicode.Scalar]? {
    guard quoted.unicodeScalars.count >= 2, quoted.unicodeScalars.first == "\"",
      quoted.unicodeScalars.last == "\""
    else { return nil }
    var units: [UInt16] = []
    var rest = quoted.unicodeScalars.dropFirst().dropLast()
    let simple: [Unicode.Scalar: UInt16] = [
      "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 0x08, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09,
    ]
    while let scalar = rest.popFirst() {
      if scalar == "\"" || scalar.value < 0x20 { return nil }
      guard scalar == "\\" else {
        units += Array(String(scalar).utf16)
        continue
      }
      guard let kind = rest.popFirst() else { return nil }
      if let unit = simple[kind] {
        units.append(unit)
      } else {
        let digits = rest.prefix(4)
        guard kind == "u", digits.count == 4, let unit = UInt16(String(String.UnicodeScalarView(digits)), radix: 16)
        else { return nil }
        units.append(unit)
        rest = rest.dropFirst(4)
      }
    }
    return Array(String(decoding: units, as: UTF16.self).unicodeScalars)
  }
}
