import Testing

@testable import Terminal

@Suite("The parenthesis that is closed")
struct MatchingParenthesisTests {
  @Test(
    "It is the one at the same depth, of the same kind",
    arguments: [
      ("(a)", 0), ("((a)(b))", 0), ("x[(]", 1), ("{}", 0), ("a)", nil), ("(a))", nil), ("abc", nil), ("", nil),
    ] as [(String, Int?)])
  func matching(text: String, expected: Int?) {
    #expect(MatchingParenthesis.offset(in: Array(text.utf8), before: text.utf8.count) == expected)
  }
}
