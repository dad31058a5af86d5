/// Rules for a text to be looked for: each rule names a text that would be found everywhere or nowhere.
enum TextRules {
  /// The fault of a text that is looked for anywhere, if it has one.
  static func problem(_ text: Matcher) -> String? {
    text.alternatives.contains(where: \.isEmpty) ? "an empty text is found everywhere" : nil
  }

  /// The fault of a text that is looked for on a screen.
  static func screenProblem(_ text: Matcher) -> String? {
    if let problem = problem(text) { return problem }
    if text.alternatives.contains(where: \.isBlank) { return "blanks alone are found on every screen" }
    return text.alternatives.lazy.compactMap { unprintable($0, allowed: [0x0A]) }.first
  }

  /// The fault of a text that is to be a whole row.
  static func rowProblem(_ text: Matcher) -> String? {
    text.alternatives.lazy.compactMap { unprintable($0, allowed: []) }.first
  }

  /// Control characters are carried out by a terminal and not shown.
  private static func unprintable(_ pattern: Pattern, allowed: [UInt8]) -> String? {
    for case .literal(let bytes) in pattern.parts {
      if let control = bytes.first(where: { ($0 < 0x20 || $0 == 0x7F) && !allowed.contains($0) }) {
        return "a screen never shows \(Words.quoted([control])): a terminal carries it out"
      }
      if String(validating: bytes, as: UTF8.self) == nil {
        return "a screen never shows \(Words.quoted(bytes)): it is not UTF-8"
      }
    }
    return nil
  }
}

extension Pattern {
  /// Whether nothing need be there for it to be found.
  fileprivate var isEmpty: Bool {
    parts.indices.allSatisfy { index in
      switch parts[index] {
      case .literal(let bytes): bytes.isEmpty
      case .anything: names[index] == nil
      case .digit, .digits: false
      }
    }
  }

  /// Whether it is found where nothing was written.
  fileprivate var isBlank: Bool {
    parts.indices.allSatisfy { index in
      switch parts[index] {
      case .literal(let bytes): bytes.allSatisfy { $0 == 0x20 || $0 == 0x0A }
      case .anything: names[index] == nil
      case .digit, .digits: false
      }
    }
  }
}

extension TextSource {
  /// The known parts of the text before its variables are filled in; nil when nothing can.
  var outline: Matcher? {
    switch self {
    case .written(let template): Matcher(anyOf: [template.pattern { _, _ in nil }])
    case .repeated(let text, let count): count == 0 ? Matcher(parts: []) : text.outline
    case .numberedLines(let count): count == 0 ? Matcher(parts: []) : nil
    case .contents: nil
    case .either(let one, let other):
      [one, other].compactMap(\.outline).flatMap(\.alternatives).nonEmpty.map { Matcher(anyOf: $0) }
    }
  }
}

extension Array {
  fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
