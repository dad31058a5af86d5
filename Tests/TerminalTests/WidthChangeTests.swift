import Glibc
import Testing

@testable import Terminal

@Suite("What another width makes of a draft's rows")
struct WidthChangeTests {
  init() { setlocale(LC_CTYPE, "C.UTF-8") }

  private func change(_ text: String, cursor: Int? = nil, from old: Int, to new: Int) -> WidthChange {
    let bytes = Array(text.utf8)
    let draft = Draft(prompt: "", text: bytes, cursor: cursor ?? bytes.count)
    return WidthChange(of: DraftLayout(columns: old, rows: 100).rows(of: draft), to: new)
  }

  @Test("Rows that still fit stay as they are, whatever the terminal is")
  func wider() {
    let change = change(String(repeating: "x", count: 25), from: 10, to: 15)
    #expect(!change.needsAnswer)
    for reflowed in [true, false] {
      #expect(change.rows(reflowed: reflowed).above == 2)
      #expect(change.rows(reflowed: reflowed).all == 3)
    }
  }

  @Test("Rows that do not fit are divided by a terminal that reflows, and cut by one that does not")
  func narrower() {
    let change = change(String(repeating: "x", count: 25), from: 10, to: 4)
    #expect(change.needsAnswer)
    #expect(change.rows(reflowed: false).above == 2)
    #expect(change.rows(reflowed: false).all == 3)
    // 10 + 10 + 5 columns are 3 + 3 + 2 rows of four, and the cursor behind the fifth is in the last.
    #expect(change.rows(reflowed: true).above == 7)
    #expect(change.rows(reflowed: true).all == 8)
    #expect(change.column(reflowed: true) == 2)
    #expect(change.column(reflowed: false) == 4)
  }

  @Test("Where terminals differ in a width, the smaller counts: no row is erased that may not be the draft's")
  func uncertain() {
    let family = "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
    let change = change(family + "ab\n", from: 20, to: 8)
    #expect(change.needsAnswer)
    #expect(change.rows(reflowed: true).above == 1)
  }

  @Test(
    "Blanks at the end of a row count for nothing: a terminal may not divide the row for their sake",
    arguments: [
      // The row, how much of it is before the cursor, and the rows of ten columns above the cursor's and in all.
      ("tester is> ", 11, 0, 1), ("tester is>  ", 12, 0, 1), ("tester is>  x", 13, 1, 2), ("tester is>  x", 5, 0, 2),
      ("tester is> \nx", 13, 1, 2), ("tester\t\t", 8, 0, 1), ("0123456789a          ", 21, 1, 2),
    ])
  func blanksAtEnd(text: String, cursor: Int, above: Int, all: Int) {
    let change = change(text, cursor: cursor, from: 40, to: 10)
    #expect(change.rows(reflowed: true).above == above)
    #expect(change.rows(reflowed: true).all == all)
  }

  @Test("Blanks at the end of a row teach nothing about a terminal, as it may take them for nothing")
  func blanksTeachNothing() {
    let knowledge = ReflowKnowledge(environment: { _ in "" })
    knowledge.learn(change("tester is> ", from: 40, to: 10), reportedColumn: 10)
    #expect(knowledge.isKnown == nil, "it reflows, and has the cursor at the end of the row")
  }

  @Test("What a terminal does is learnt from where its cursor is, unless either kind would have it there")
  func learning() {
    let knowledge = ReflowKnowledge(environment: { _ in "" })
    #expect(knowledge.isKnown == nil)
    knowledge.learn(change(String(repeating: "x", count: 18), from: 10, to: 9), reportedColumn: 9)
    #expect(knowledge.isKnown == nil, "column 9 is where both have it")
    knowledge.learn(change(String(repeating: "x", count: 25), from: 10, to: 4), reportedColumn: nil)
    #expect(knowledge.isKnown == nil)
    knowledge.learn(change(String(repeating: "x", count: 25), from: 10, to: 4), reportedColumn: 2)
    #expect(knowledge.isKnown == true)
  }

  @Test(
    "Some terminals tell what they are",
    arguments: [
      (["TERM": "xterm-256color"], nil), (["TERM": "tmux-256color"], true), (["TMUX": "/tmp/tmux-0/default,1,0"], true),
      (["STY": "1.pts-0"], false), (["TERM": "linux"], false), (["VTE_VERSION": "7006"], true),
      (["XTERM_VERSION": "XTerm(379)"], false),
    ] as [([String: String], Bool?)])
  func told(environment: [String: String], expected: Bool?) {
    #expect(ReflowKnowledge(environment: { environment[$0] ?? "" }).isKnown == expected)
  }
}
