/// Finds the parenthesis that one just typed closes.
enum MatchingParenthesis {
  private static let opening: [UInt8: UInt8] = [
    UInt8(ascii: ")"): UInt8(ascii: "("), UInt8(ascii: "]"): UInt8(ascii: "["), UInt8(ascii: "}"): UInt8(ascii: "{"),
  ]

  /// - Parameters:
  ///   - text: the line.
  ///   - end: where the closing one ends.
  /// - Returns: where the opening one stands; nil when there is none. Parentheses of other kinds in between do not
  ///   count.
  static func offset(in text: [UInt8], before end: Int) -> Int? {
    guard end > 0, end <= text.count, let open = opening[text[end - 1]] else { return nil }
    let close = text[end - 1]
    var depth = 0
    for index in (0..<end).reversed() {
      if text[index] == close { depth += 1 }
      if text[index] == open { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }
}
