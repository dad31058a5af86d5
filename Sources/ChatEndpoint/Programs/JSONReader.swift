/// Reads one JSON object (RFC 8259) whose values are strings: a line of `--json-input`. It is strict, so that a mistake
/// is named in place of being guessed at, and what it returns is never longer than the text.
struct JSONReader {
  /// A fault of a text. Bytes are counted from 1.
  enum Problem: Error, Equatable {
    /// Something else is needed at that byte.
    case malformed(byte: Int)
    /// A string has half of a pair of surrogates, which stands for no character.
    case loneSurrogate(byte: Int)
    /// A value is no string.
    case notString(byte: Int)
  }

  /// A member of the object, in UTF-8.
  struct Member: Equatable {
    let name: [UInt8]
    let value: [UInt8]
  }

  private let bytes: ArraySlice<UInt8>
  private var next: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    next = bytes.startIndex
  }

  /// Reads an object.
  /// - Parameter text: UTF-8.
  /// - Returns: its members, in order. A name may be there more than once.
  static func members(of text: ArraySlice<UInt8>) throws(Problem) -> [Member] {
    var reader = JSONReader(text)
    return try reader.readObject()
  }

  // MARK: Bytes

  private var current: UInt8? { next < bytes.endIndex ? bytes[next] : nil }
  private var byte: Int { next - bytes.startIndex + 1 }

  private mutating func skipBlanks() {
    while let byte = current, [0x09, 0x0A, 0x0D, 0x20].contains(byte) { next += 1 }
  }

  /// Passes a character of the syntax, and the blanks around it.
  private mutating func pass(_ character: Unicode.Scalar) throws(Problem) {
    skipBlanks()
    guard current == UInt8(ascii: character) else { throw .malformed(byte: byte) }
    next += 1
    skipBlanks()
  }

  // MARK: The grammar

  private mutating func readObject() throws(Problem) -> [Member] {
    var members: [Member] = []
    try pass("{")
    while current != UInt8(ascii: "}") {
      if !members.isEmpty { try pass(",") }
      let name = try readString()
      try pass(":")
      if current != UInt8(ascii: "\""), current != nil { throw .notString(byte: byte) }
      members.append(Member(name: name, value: try readString()))
      skipBlanks()
    }
    try pass("}")
    if current != nil { throw .malformed(byte: byte) }
    return members
  }

  private mutating func readString() throws(Problem) -> [UInt8] {
    guard current == UInt8(ascii: "\"") else { throw .malformed(byte: byte) }
    next += 1
    var text: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\") {
        try readEscape(into: &text)
      } else {
        // Control characters are to be escaped.
        guard byte >= 0x20 else { throw .malformed(byte: self.byte) }
        text.append(byte)
        next += 1
      }
    }
    guard current != nil else { throw .malformed(byte: byte) }
    next += 1
    return text
  }

  private mutating func readEscape(into text: inout [UInt8]) throws(Problem) {
    let start = byte
    next += 1
    if let character = current.flatMap(JSONReader.escaped) {
      text.append(character)
      next += 1
      return
    }
    guard current == UInt8(ascii: "u") else { throw .malformed(byte: byte) }
    let unit = try readUnit()
    guard UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) else {
      text.append(contentsOf: String(decoding: [unit], as: UTF16.self).utf8)
      return
    }
    guard UTF16.isLeadSurrogate(unit), current == UInt8(ascii: "\\"), next + 1 < bytes.endIndex,
      bytes[next + 1] == UInt8(ascii: "u")
    else { throw .loneSurrogate(byte: start) }
    next += 1
    let trail = try readUnit()
    guard UTF16.isTrailSurrogate(trail) else { throw .loneSurrogate(byte: start) }
    text.append(contentsOf: String(decoding: [unit, trail], as: UTF16.self).utf8)
  }

  /// The character that a letter stands for behind a backslash; nil if it stands for none.
  private static func escaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// Reads a `u` and four hexadecimal digits.
  private mutating func readUnit() throws(Problem) -> UInt16 {
    next += 1
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw .malformed(byte: byte)
      }
      unit = unit << 4 | UInt16(digit)
      next += 1
    }
    return unit
  }
}
