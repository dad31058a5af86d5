/// How lines differ from those that were expected, as `diff -u` writes it: a blank before what both have, `-` before
/// what was expected and is missing, `+` before what is there instead.
enum LineDiff {
  /// Longer texts are not compared line by line.
  private static let mostLines = 200
  /// How many lines that are the same are shown around those that differ.
  private static let context = 3

  private enum Line {
    case same(String)
    case missing(String)
    case other(String)

    var isSame: Bool { if case .same = self { true } else { false } }

    var text: String {
      switch self {
      case .same(let text): "  \(text)"
      case .missing(let text): "- \(text)"
      case .other(let text): "+ \(text)"
      }
    }
  }

  /// The difference between a text of several lines and what came; nil when it is not one for a comparison of lines.
  static func text(_ expected: Matcher, _ actual: [UInt8]) -> String? {
    guard expected.alternatives.count == 1, expected.newlines > 1 else { return nil }
    var patterns = expected.alternatives[0].lines
    var lines = actual.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    let endsCleanly = lines.last?.isEmpty == true
    if endsCleanly { lines.removeLast() }
    if patterns.last?.parts.isEmpty == true { patterns.removeLast() }
    return text(patterns, lines).map { $0 + (endsCleanly ? "" : "\n(no newline at the end)") }
  }

  /// The same of lines.
  static func text(_ expected: [Pattern], _ actual: [[UInt8]]) -> String? {
    guard expected.count <= mostLines, actual.count <= mostLines else { return nil }
    let lines = compared(expected, actual)
    var notes: [String] = []
    for (pattern, line) in zip(expected, actual) where !pattern.isWhole(line[...]) {
      let hint = Lookalike.hint(Matcher(anyOf: [pattern]), in: line)
      if !hint.isEmpty { notes.append(hint) }
    }
    return (["it differs:"] + shortened(lines) + notes.prefix(1)).joined(separator: "\n")
  }

  /// By the longest sequence of lines that both have.
  private static func compared(_ expected: [Pattern], _ actual: [[UInt8]]) -> [Line] {
    // longest[i][j]: how many lines the rest of one from i on and the rest of the other from j on have in common.
    var longest = Array(repeating: Array(repeating: 0, count: actual.count + 1), count: expected.count + 1)
    let fits = expected.map { pattern in actual.map { pattern.isWhole($0[...]) } }
    for i in expected.indices.reversed() {
      for j in actual.indices.reversed() {
        longest[i][j] = fits[i][j] ? longest[i + 1][j + 1] + 1 : max(longest[i + 1][j], longest[i][j + 1])
      }
    }
    var lines: [Line] = []
    var (i, j) = (0, 0)
    while i < expected.count || j < actual.count {
      if i < expected.count, j < actual.count, fits[i][j] {
        lines.append(.same(Words.line(actual[j])))
        (i, j) = (i + 1, j + 1)
      } else if i < expected.count, j == actual.count || longest[i + 1][j] >= longest[i][j + 1] {
        lines.append(.missing(Words.line(expected[i].written)))
        i += 1
      } else {
        lines.append(.other(Words.line(actual[j])))
        j += 1
      }
    }
    return lines
  }

  /// Without the lines that are far from any that differ.
  private static func shortened(_ lines: [Line]) -> [String] {
    var texts: [String] = []
    var omitted = 0
    for (index, line) in lines.enumerated() {
      let near = lines[max(0, index - context)..<min(lines.count, index + context + 1)]
      if near.allSatisfy(\.isSame) {
        omitted += 1
        continue
      }
      if omitted > 0 {
        texts.append("  … \(Words.count(omitted, "line")) that \(omitted == 1 ? "is" : "are") the same …")
      }
      omitted = 0
      texts.append(line.text)
    }
    if omitted > 0 {
      texts.append("  … \(Words.count(omitted, "line")) that \(omitted == 1 ? "is" : "are") the same …")
    }
    return texts
  }
}

extension Pattern {
  /// Its lines, each a pattern.
  fileprivate var lines: [Pattern] {
    var lines: [[Part]] = [[]]
    for part in parts {
      guard case .literal(let bytes) = part else {
        lines[lines.count - 1].append(part)
        continue
      }
      for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        if index > 0 { lines.append([]) }
        if !line.isEmpty { lines[lines.count - 1].append(.literal(Array(line))) }
      }
    }
    return lines.map { Pattern(parts: $0) }
  }

  /// As a scenario writes it.
  fileprivate var written: [UInt8] {
    parts.flatMap { part -> [UInt8] in
      switch part {
      case .literal(let bytes): bytes
      case .digit: Array("{#}".utf8)
      case .digits: Array("{##}".utf8)
      case .anything: Array("{*}".utf8)
      }
    }
  }
}
