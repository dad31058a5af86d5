import Testing

@testable import Terminal

@Suite("Going from line to line in a draft")
struct DraftLinesTests {
  @Test(
    "Up and down keep the column as far as the line has it, and end at the first and the last line",
    arguments: [
      ("one\ntwo\nthree", 5, -1, 1), ("one\ntwo\nthree", 5, 1, 9), ("a\nlonger", 6, -1, 1), ("longer\na", 4, 1, 8),
      ("one\n\nthree", 4, 1, 5), ("one\ntwo", 1, -1, nil), ("one\ntwo", 5, 1, nil), ("one", 2, -1, nil),
      ("", 0, 1, nil),
      ("é\u{301}x\nabc", 5, 1, 8), ("a\nb\nc\nd", 0, 3, 6), ("a\nb", 0, 0, nil),
    ] as [(String, Int, Int, Int?)])
  func moving(text: String, from: Int, lines: Int, expected: Int?) {
    #expect(DraftLines.offset(in: Array(text.utf8), from: from, lines: lines) == expected)
  }
}
