import Glibc
import Testing

@testable import Terminal

@Suite("Where text comes to stand on a screen")
struct ScreenLayoutTests {
  init() {
    // Widths of characters are those of the locale's table.
    setlocale(LC_CTYPE, "C.UTF-8")
  }

  private func end(_ text: String, _ columns: Int) -> [Int] {
    let position = ScreenLayout(columns: columns).end(of: text)
    return [position.row, position.column]
  }

  @Test(
    "Text wraps after the last column, and a full row puts the cursor on the next",
    arguments: [
      ("", [0, 0]), ("abc", [0, 3]), ("abcdefghi", [0, 9]), ("abcdefghij", [1, 0]), ("abcdefghijk", [1, 1]),
      ("abcdefghijabcdefghij", [2, 0]),
    ])
  func wrapping(text: String, expected: [Int]) {
    #expect(end(text, 10) == expected)
  }

  @Test(
    "A wide character takes two columns, and does not stand half in the last one",
    arguments: [
      ("\u{4E16}", [0, 2]), ("abcdefgh\u{4E16}", [1, 0]), ("abcdefghi\u{4E16}", [1, 2]),
      ("\u{4E16}\u{4E16}\u{4E16}\u{4E16}\u{4E16}", [1, 0]), ("a\u{4E16}\u{4E16}\u{4E16}\u{4E16}\u{4E16}", [1, 2]),
    ])
  func wide(text: String, expected: [Int]) {
    #expect(end(text, 10) == expected)
  }

  @Test("A combining mark takes no column", arguments: [("e\u{301}", [0, 1]), ("abcdefghie\u{301}", [1, 0])])
  func combining(text: String, expected: [Int]) {
    #expect(end(text, 10) == expected)
  }

  @Test(
    "A line feed begins the next row",
    arguments: [
      ("\n", [1, 0]), ("ab\n", [1, 0]), ("ab\ncd", [1, 2]), ("abcdefghij\nx", [2, 1]),
    ])
  func lineFeed(text: String, expected: [Int]) {
    #expect(end(text, 10) == expected)
  }

  @Test(
    "A control character takes two columns, which may stand in two rows",
    arguments: [
      ("\u{01}", [0, 2]), ("\u{7F}", [0, 2]), ("abcdefghi\u{01}", [1, 1]), ("abcdefgh\u{01}", [1, 0]),
    ])
  func control(text: String, expected: [Int]) {
    #expect(end(text, 10) == expected)
  }

  @Test("A terminal that does not know its size is taken for 80 columns", arguments: [0, -1])
  func unknownSize(columns: Int) {
    #expect(end(String(repeating: "x", count: 81), columns) == [1, 1])
  }
}
