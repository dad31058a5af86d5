import Glibc
import Testing

@testable import Terminal

@Suite("A draft in the rows of a window")
struct DraftLayoutTests {
  init() {
    // Widths of characters are those of the locale's table.
    setlocale(LC_CTYPE, "C.UTF-8")
  }

  /// Rows as they are printed, with the cursor as `▌`.
  private func rows(
    _ text: String, cursor: Int? = nil, prompt: String = "", columns: Int = 10, rows: Int = 100
  ) -> [String] {
    let bytes = Array(text.utf8)
    let draft = Draft(prompt: prompt, text: bytes, cursor: cursor ?? bytes.count)
    return shown(DraftLayout(columns: columns, rows: rows).rows(of: draft))
  }

  private func shown(_ laid: DraftRows) -> [String] {
    var texts = laid.rows.map(\.text)
    let before = laid.toCursor.text
    #expect(texts[laid.cursorRow].unicodeScalars.starts(with: before.unicodeScalars))
    texts[laid.cursorRow] =
      before + "▌" + String(texts[laid.cursorRow].unicodeScalars.dropFirst(before.unicodeScalars.count))
    return texts
  }

  @Test(
    "Text goes on in the next row after the last column, and a full row leaves the cursor to the next",
    arguments: [
      ("", ["▌"]), ("abc", ["abc▌"]), ("abcdefghi", ["abcdefghi▌"]), ("abcdefghij", ["abcdefghij", "▌"]),
      ("abcdefghijk", ["abcdefghij", "k▌"]),
    ])
  func wrapping(text: String, expected: [String]) {
    #expect(rows(text) == expected)
  }

  @Test("The prompt stands before the text, and wraps as it does")
  func prompt() {
    #expect(rows("12345678", prompt: "bob> ") == ["bob> 12345", "678▌"])
    #expect(rows("x", prompt: "a long prompt> ") == ["a long pro", "mpt> x▌"])
  }

  @Test(
    "A wide character takes two columns, and does not stand half in the last one",
    arguments: [
      ("\u{4E16}", ["\u{4E16}▌"]), ("abcdefgh\u{4E16}", ["abcdefgh\u{4E16}", "▌"]),
      ("abcdefghi\u{4E16}", ["abcdefghi", "\u{4E16}▌"]),
    ])
  func wide(text: String, expected: [String]) {
    #expect(rows(text) == expected)
  }

  @Test("A cluster is never torn, and counts as wide as the terminal that draws it part by part")
  func clusters() {
    #expect(rows("abcdefghie\u{301}") == ["abcdefghie\u{301}", "▌"])
    let family = "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
    #expect(rows("ab" + family) == ["ab" + family, "▌"])
    #expect(rows("abc" + family) == ["abc", family + "▌"])
    #expect(rows(family + family, columns: 4) == [family, family, "▌"], "wider than the window")
  }

  @Test("A cursor inside a cluster stands before it", arguments: [4, 5, 10, 17])
  func cursorInCluster(offset: Int) {
    let family = "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
    #expect(rows("abc" + family + "d", cursor: offset, columns: 40) == ["abc▌" + family + "d"])
  }

  @Test(
    "A line feed begins the next row",
    arguments: [
      ("\n", ["", "▌"]), ("ab\n", ["ab", "▌"]), ("ab\ncd", ["ab", "cd▌"]), ("abcdefghij\nx", ["abcdefghij", "x▌"]),
    ])
  func lineFeed(text: String, expected: [String]) {
    #expect(rows(text) == expected)
  }

  @Test(
    "Control characters are shown and not obeyed",
    arguments: [
      ("\u{01}", ["^A▌"]), ("\u{7F}", ["^?▌"]), ("\u{1B}[2J", ["^[[2J▌"]), ("abcdefghi\u{01}", ["abcdefghi", "^A▌"]),
      ("a\rb", ["a^Mb▌"]), ("\u{9B}x", ["\u{FFFD}x▌"]), ("\u{2028}x", ["\u{FFFD}x▌"]),
    ])
  func control(text: String, expected: [String]) {
    #expect(rows(text) == expected)
  }

  @Test(
    "A tab goes to the next eighth column, and not over the edge",
    arguments: [("\tb", ["        b▌"]), ("ab\tc", ["ab      c▌"]), ("abcdefgh\tc", ["abcdefgh  ", "c▌"])])
  func tab(text: String, expected: [String]) {
    #expect(rows(text) == expected)
  }

  @Test("What is not UTF-8 is shown as U+FFFD, and the cursor keeps its place")
  func illFormed() {
    let draft = Draft(prompt: "", text: [0x61, 0xFF, 0xC3, 0x62, 0x63], cursor: 3)
    #expect(shown(DraftLayout(columns: 10, rows: 9).rows(of: draft)) == ["a\u{FFFD}\u{FFFD}▌bc"])
  }

  @Test("Marked text is in reverse video, row by row")
  func region() {
    let draft = Draft(prompt: "", text: Array("abcdefghijkl".utf8), cursor: 0, region: 8..<11)
    let laid = DraftLayout(columns: 10, rows: 9).rows(of: draft)
    #expect(laid.rows.map(\.text) == ["abcdefgh\u{1B}[7mij\u{1B}[27m", "\u{1B}[7mk\u{1B}[27ml"])
    #expect(laid.rows.map(\.width) == [10, 2])
  }

  @Test("A window that does not know its size is taken for 80x24", arguments: [0, -1])
  func unknownSize(size: Int) {
    let layout = DraftLayout(columns: size, rows: size)
    #expect(layout.columns == 80 && layout.rows == 24)
  }

  // MARK: Folding

  private let lines = (1...200).map { "line \($0)" }.joined(separator: "\n")

  @Test("A draft of more than half of the window is folded to its size and the rows around the cursor")
  func folded() {
    #expect(
      rows(lines, prompt: "bob> ", columns: 40, rows: 9)
        == ["bob> [200 lines, 1 KB]", "line 198", "line 199", "line 200▌"])
    #expect(
      rows(lines, cursor: 0, prompt: "bob> ", columns: 40, rows: 9)
        == ["bob> [200 lines, 1 KB]", "▌line 1", "line 2", "line 3"])
    let middle = lines.utf8.count / 2
    let laid = rows(lines, cursor: middle, prompt: "bob> ", columns: 40, rows: 9)
    #expect(laid.count == 4)
    #expect(laid[2].contains("▌"))
  }

  @Test("In a window of two rows only the row with the cursor is shown")
  func tiny() {
    #expect(rows("one\ntwo\nthree", cursor: 5, columns: 40, rows: 2) == ["t▌wo"])
  }

  private let question = "send these 200 lines? y(es), n(o) or e(dit), then Enter: "

  @Test(
    "Of a question that needs more than half of the window the end is shown, which has the answers",
    arguments: [
      (20, 5, ["…y(es), n(o) or e(di", "t), then Enter: ▌"]), (20, 3, ["…), then Enter: ▌"]),
      (20, 6, ["send these 200 lines", "? y(es), n(o) or e(d", "it), then Enter: ▌"]),
      (40, 5, ["send these 200 lines? y(es), n(o) or e(d", "it), then Enter: ▌"]), (8, 3, ["…r: ▌"]), (4, 1, ["… ▌"]),
      (3, 4, ["…er", ": ▌"]), (2, 1, ["▌"]), (1, 6, ["…", " ", "▌"]), (1, 1, ["▌"]),
    ])
  func question(columns: Int, rows height: Int, expected: [String]) {
    #expect(rows("", prompt: question, columns: columns, rows: height) == expected)
  }

  @Test("An answer stands behind the end of its question, and of a longer one the size is shown with it")
  func answer() {
    #expect(rows("y", prompt: question, columns: 20, rows: 5) == ["…y(es), n(o) or e(di", "t), then Enter: y▌"])
    #expect(rows("y", prompt: question, columns: 20, rows: 3) == ["…), then Enter: y▌"])
    #expect(rows("yesterday", prompt: question, columns: 20, rows: 5) == ["…en Enter: [9 bytes]", "yesterday▌"])
    #expect(rows("a\n\n", prompt: question, columns: 22, rows: 5) == ["…r: [3 lines, 3 bytes]", "▌"])
  }

  @Test("A window of any size shows the end of whatever is asked, and never a size in its place")
  func everySize() {
    let prompts = [
      question, "bob> ", "(plain) bob (3 unsent)> ", String(repeating: "\u{6F22}\u{5B57}", count: 9) + "> ",
    ]
    for prompt in prompts {
      for (columns, height) in (1...70).flatMap({ columns in (1...9).map { (columns, $0) } }) {
        let laid = DraftLayout(columns: columns, rows: height).rows(of: Draft(prompt: prompt))
        #expect(laid.rows.count <= max(1, height / 2))
        #expect(laid.rows.allSatisfy { $0.width <= columns })
        #expect(laid.cursorRow == laid.rows.count - 1 && laid.toCursor.width < columns)
        let text = laid.rows.map(\.text).joined()
        #expect(prompt.hasSuffix(text.first == "…" ? text.dropFirst() : text[...]))
        #expect(columns < 4 || text.count > 1, "\(columns)x\(height)")
      }
    }
  }

  @Test("Wherever the cursor is in whatever draft, the rows fit the window and hold the cursor")
  func everyCursor() {
    let drafts = [
      lines, String(repeating: "x", count: 3000), String(repeating: "\u{6F22}\u{5B57}", count: 700),
      String(repeating: "\u{1F469}\u{200D}\u{1F467}", count: 300), String(repeating: "\t", count: 900),
    ]
    for text in drafts {
      let bytes = Array(text.utf8)
      for cursor in stride(from: 0, through: bytes.count, by: 37) {
        let laid = DraftLayout(columns: 20, rows: 8).rows(of: Draft(prompt: "bob> ", text: bytes, cursor: cursor))
        #expect(laid.rows.count <= 4)
        #expect(laid.rows.indices.contains(laid.cursorRow))
        #expect(laid.rows.allSatisfy { $0.width <= 20 && $0.widthAtLeast <= $0.width })
        #expect(laid.toCursor.width < 20)
      }
    }
  }
}
