/// Text with holes: what a scenario file says, before variables are filled in.
struct Template {
  enum Piece: Equatable {
    case literal([UInt8])
    /// `{host.port}`, `{directory}`.
    case variable(name: String, property: String?)
    /// `{#}`: one digit, where something is compared.
    case digit
    /// `{##}`: digits, as many as there are.
    case digits
    /// `{*}`: anything within a line, where something is compared.
    case anything
    /// `{code=*}`: one of these, kept under a name for the sentences below.
    case kept(String, Pattern.Part)
  }

  /// How backslashes and braces are to be read.
  enum Reading {
    /// In double quotes: `\n` and its like are escapes.
    case escaped
    /// Everywhere else a backslash is a backslash.
    case plain
  }

  private(set) var pieces: [Piece] = []

  init(_ pieces: [Piece] = []) {
    self.pieces = pieces
  }

  /// Reads text as written; throws what is wrong with it.
  init(reading text: Substring.UnicodeScalarView, as reading: Reading) throws(TemplateError) {
    var rest = text
    while let scalar = rest.first {
      if scalar == "\\" && reading == .escaped {
        rest.removeFirst()
        append(try Self.escape(&rest))
      } else if rest.starts(with: "${".unicodeScalars) {
        // A shell's variable.
        append(Array("${".utf8))
        rest.removeFirst(2)
      } else if scalar == "{", let (piece, length) = Self.hole(rest) {
        pieces.append(piece)
        rest.removeFirst(length)
      } else {
        append(Array(String(scalar).utf8))
        rest.removeFirst()
      }
    }
  }

  mutating func append(_ other: Template) {
    for piece in other.pieces {
      if case .literal(let bytes) = piece { append(bytes) } else { pieces.append(piece) }
    }
  }

  private mutating func append(_ bytes: [UInt8]) {
    if case .literal(let before)? = pieces.last {
      pieces[pieces.count - 1] = .literal(before + bytes)
    } else {
      pieces.append(.literal(bytes))
    }
  }

  /// The text when it has no holes.
  var literal: String? {
    if pieces.isEmpty { return "" }
    guard pieces.count == 1, case .literal(let bytes) = pieces[0] else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The names its holes mention.
  var variables: [(name: String, property: String?)] {
    pieces.compactMap { if case .variable(let name, let property) = $0 { (name, property) } else { nil } }
  }

  /// The names under which its holes keep what they find.
  var keptNames: [String] {
    pieces.compactMap { if case .kept(let name, _) = $0 { name } else { nil } }
  }

  /// The holes that stand where something is compared, as they are written.
  private static let open: [(written: String, piece: Piece, part: Pattern.Part)] = [
    ("##", .digits, .digits), ("#", .digit, .digit), ("*", .anything, .anything),
  ]

  /// The text as a pattern, with its variables filled in; one without a value stands for digits.
  func pattern(_ value: (_ name: String, _ property: String?) throws -> [UInt8]?) rethrows -> Pattern {
    var parts: [Pattern.Part] = []
    var names: [Int: String] = [:]
    func append(_ bytes: [UInt8]) {
      if case .literal(let before)? = parts.last {
        parts[parts.count - 1] = .literal(before + bytes)
      } else {
        parts.append(.literal(bytes))
      }
    }
    for piece in pieces {
      switch piece {
      case .literal(let bytes): append(bytes)
      case .variable(let name, let property):
        if let bytes = try value(name, property) { append(bytes) } else { parts.append(.digits) }
      case .digit: parts.append(.digit)
      case .digits: parts.append(.digits)
      case .anything: parts.append(.anything)
      case .kept(let name, let part):
        names[parts.count] = name
        parts.append(part)
      }
    }
    return Pattern(parts: parts, names: names)
  }

  /// A brace opens a hole only when it looks like one, so that JSON needs no escaping.
  private static func hole(_ text: Substring.UnicodeScalarView) -> (piece: Piece, length: Int)? {
    guard let close = text.firstIndex(of: "}") else { return nil }
    let inside = text[text.index(after: text.startIndex)..<close]
    let length = inside.count + 2
    for (written, piece, part) in open {
      if inside.elementsEqual(written.unicodeScalars) { return (piece, length) }
      if inside.reversed().starts(with: "=\(written)".unicodeScalars.reversed()) {
        let name = Substring(inside.dropLast(written.count + 1))
        return Name.isValid(name) ? (.kept(String(name), part), length) : nil
      }
    }
    let parts = inside.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ Name.isValid(Substring($0)) }) else { return nil }
    let property = parts.count == 2 ? String(parts[1]) : nil
    return (.variable(name: String(parts[0]), property: property), length)
  }

  private static func escape(_ rest: inout Substring.UnicodeScalarView) throws(TemplateError) -> [UInt8] {
    guard let scalar = rest.popFirst() else { throw TemplateError("a backslash at the end means nothing") }
    switch scalar {
    case "n": return [0x0A]
    case "r": return [0x0D]
    case "t": return [0x09]
    case "e": return [0x1B]
    case "\\", "\"", "{", "}": return Array(String(scalar).utf8)
    case "x":
      let digits = rest.prefix(2)
      guard digits.count == 2, let byte = UInt8(digits: Substring(digits), radix: 16) else {
        throw TemplateError("\\x needs two hexadecimal digits")
      }
      rest.removeFirst(2)
      return [byte]
    case "u":
      guard rest.first == "{", let close = rest.firstIndex(of: "}"),
        let value = UInt32(digits: Substring(rest[rest.index(after: rest.startIndex)..<close]), radix: 16),
        let scalar = Unicode.Scalar(value)
      else { throw TemplateError("\\u needs a character's number, as in \\u{1F44B}") }
      rest = rest[rest.index(after: close)...]
      return Array(String(scalar).utf8)
    default:
      throw TemplateError(
        "\\\(scalar) is no escape; there are \\n \\r \\t \\e \\\\ \\\" \\{ \\} \\x41 and \\u{1F44B}")
    }
  }
}

/// A fault of a text.
struct TemplateError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

/// Names of programs, links and ports.
enum Name {
  static func isValid(_ text: some StringProtocol) -> Bool {
    guard let first = text.unicodeScalars.first, first.properties.isAlphabetic else { return false }
    return text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || ("0"..."9") ~= $0 || $0 == "-" || $0 == "_" }
  }
}
