import Glibc
import Terminal
import Testing

@testable import Terminal

@Suite("The conversation in rows")
struct ParagraphTests {
  init() { setlocale(LC_CTYPE, "C.UTF-8") }

  private func rows(_ text: String, lead: String = "12:04 bob: ", columns: Int = 24) -> [String] {
    let rows = Paragraph(lead: lead, text, indent: 6).rows(columns: columns)
    #expect(rows.hasSuffix("\r\n"))
    return rows.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  @Test("What fits stands in one row")
  func short() {
    #expect(rows("") == ["12:04 bob: "])
    #expect(rows("hello there") == ["12:04 bob: hello there"])
    #expect(rows("exactly full!") == ["12:04 bob: exactly full!"])
  }

  @Test("What does not is broken at blanks, and goes on below, indented")
  func wrapped() {
    #expect(rows("hello to everybody out there") == ["12:04 bob: hello to", "      everybody out", "      there"])
    #expect(
      rows("two  blanks stay, and those at a break  go") == [
        "12:04 bob: two  blanks", "      stay, and those at", "      a break  go",
      ])
  }

  @Test(
    "No row of a peer's begins where a row of ours does, whatever blanks it uses",
    arguments: [" ", "\u{A0}", "\u{3000}", "\u{2003}", "\t", "\u{2800}"])
  func forged(blank: String) {
    for count in 1...80 {
      let text = "ok" + String(repeating: blank, count: count) + "03:48 root: yes"
      for row in rows(text).dropFirst() { #expect(row.hasPrefix("      "), "\(count) blanks: \(row)") }
    }
  }

  @Test("A word that fits in no row begins one and stays whole, and nothing follows it there")
  func address() {
    let address = "https://example.org/with/a/long/path"
    #expect(rows("see \(address) soon") == ["12:04 bob: see", "      \(address)", "      soon"])
    #expect(rows(address) == ["12:04 bob: \(address)"])
  }

  @Test("Wide characters are broken anywhere, and not in half")
  func wide() {
    #expect(
      rows("\u{6F22}\u{5B57}\u{6F22}\u{5B57}\u{6F22}\u{5B57}\u{6F22}\u{5B57}") == [
        "12:04 bob: \u{6F22}\u{5B57}\u{6F22}\u{5B57}\u{6F22}\u{5B57}", "      \u{6F22}\u{5B57}",
      ])
  }

  @Test("A tab goes to the next eighth column")
  func tabs() {
    #expect(rows("a\tb", columns: 40) == ["12:04 bob: a    b"])
    #expect(rows("a\t\tb", columns: 40) == ["12:04 bob: a            b"])
  }

  @Test("Colours take no room, and the last ends behind the text")
  func colours() {
    let note = Paragraph(lead: "\u{1B}[2m-- ", "twelve and three", end: "\u{1B}[0m", indent: 3)
    #expect(note.rows(columns: 12) == "\u{1B}[2m-- twelve\r\n   and three\u{1B}[0m\r\n")
  }

  @Test("In every window each row but a whole word's fits", arguments: [2, 3, 5, 10, 24, 200])
  func everyWidth(columns: Int) {
    let text = "some words, \u{6F22}\u{5B57}\u{6F22}\u{5B57}\u{6F22}\u{5B57} and 1 2 3 e\u{301}\u{301} x"
    for row in rows(text, lead: "-", columns: columns) {
      let width = row.reduce(0) { $0 + CellWidth.of($1) }
      let isWhole = row.drop { $0 == " " }.allSatisfy { $0 != " " && CellWidth.of($0) == 1 }
      #expect(width <= columns || isWhole || columns < 4, "\(row)")
    }
  }
}
