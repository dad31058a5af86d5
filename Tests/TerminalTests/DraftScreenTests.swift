import Glibc
import Testing

@testable import Terminal

/// A terminal that knows what ``DraftScreen`` writes: rows of cells, the cursor, and whether a row runs over. Its
/// width of a character is its own.
private struct Paper {
  var rows: [[Character]] = [[]]
  var row = 0
  var column = 0
  var columns: Int
  let width: (Character) -> Int
  var wraps = true
  private var saved = (row: 0, column: 0)
  /// Rows that were erased and had not been written since the last call of `mark`.
  var foreignRowsErased = 0
  private var own: Set<Int> = []

  init(columns: Int, width: @escaping (Character) -> Int = CellWidth.of) {
    self.columns = columns
    self.width = width
  }

  mutating func mark() { own = [] }

  mutating func write(_ text: String) {
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "\r": column = 0
      case "\r\n":
        column = 0
        lineFeed()
      case "\n": lineFeed()
      case "\u{1B}": obey(&rest)
      case "\u{7}": break
      default: put(character)
      }
    }
  }

  private mutating func lineFeed() {
    row += 1
    if row == rows.count { rows.append([]) }
  }

  private mutating func obey(_ rest: inout Substring) {
    if rest.first == "7" || rest.first == "8" {
      if rest.removeFirst() == "7" { saved = (row, column) } else { (row, column) = saved }
      return
    }
    let end = rest.firstIndex { $0.isLetter }!
    let sequence = String(rest[...end])
    rest = rest[rest.index(after: end)...]
    let count = Int(sequence.dropFirst().dropLast()) ?? 1
    switch sequence.last! {
    case "A": row = max(0, row - count)
    case "B": row = min(rows.count - 1, row + count)
    case "K":
      if !own.contains(row), !rows[row].isEmpty { foreignRowsErased += 1 }
      rows[row] = Array(rows[row].prefix(column))
    case "h": wraps = true
    case "l": wraps = false
    case "m": break
    default: Issue.record("unknown sequence \(sequence)")
    }
  }

  private mutating func put(_ character: Character) {
    let width = width(character)
    if column + width > columns {
      guard !wraps else {
        column = 0
        lineFeed()
        return put(character)
      }
      column = columns - width
    }
    own.insert(row)
    while rows[row].count < column { rows[row].append(" ") }
    rows[row].replaceSubrange(column..<min(rows[row].count, column + width), with: [])
    rows[row].insert(contentsOf: [character] + Array(repeating: "\0", count: width - 1), at: column)
    column += width
    if column > columns { column = columns }
  }

  /// The visible text, with the blanks at the ends of rows dropped.
  var text: [String] {
    rows.map { row in
      var text = String(row.filter { $0 != "\0" })
      while text.last == " " { text.removeLast() }
      return text
    }
  }
}

@Suite("Drawing a draft")
struct DraftScreenTests {
  init() { setlocale(LC_CTYPE, "C.UTF-8") }

  private func draft(_ text: String, cursor: Int? = nil) -> Draft {
    Draft(prompt: "> ", text: Array(text.utf8), cursor: cursor ?? text.utf8.count)
  }

  @Test("Typing at the end prints what was typed and nothing else")
  func typing() {
    var screen = DraftScreen(isDumb: false)
    let layout = DraftLayout(columns: 20, rows: 24)
    screen.show(layout.rows(of: draft("ab")))
    #expect(screen.takeOutput() == "\u{1B}[?7l\r> ab\u{1B}[?7h")
    screen.show(layout.rows(of: draft("abc")))
    #expect(screen.takeOutput() == "\u{1B}[?7lc\u{1B}[?7h")
    screen.show(layout.rows(of: draft("abc")))
    #expect(screen.takeOutput() == "")
  }

  @Test("Every change of a draft leaves what a fresh drawing leaves", arguments: [5, 9, 20])
  func changes(columns: Int) {
    let layout = DraftLayout(columns: columns, rows: 40)
    let drafts = [
      draft(""), draft("abc"), draft("a long draft in several rows", cursor: 3), draft("short", cursor: 0),
      draft("one\ntwo\nthree"), draft("one\ntwo\nthree", cursor: 5), draft("漢字漢字漢字漢字"), draft("12345678901234567890"),
      draft("1234567890123456789"), draft("e\u{301}e", cursor: 3), draft("x\n\n\n\ny", cursor: 2), draft("x"),
    ]
    for first in drafts {
      for second in drafts {
        var screen = DraftScreen(isDumb: false)
        var paper = Paper(columns: columns)
        paper.write("above\r\n")
        screen.show(layout.rows(of: first))
        screen.show(layout.rows(of: second))
        paper.write(screen.takeOutput())
        var fresh = Paper(columns: columns)
        fresh.write("above\r\n")
        var other = DraftScreen(isDumb: false)
        other.show(layout.rows(of: second))
        fresh.write(other.takeOutput())
        while paper.text.count > fresh.text.count, paper.text.last == "" { paper.rows.removeLast() }
        #expect(paper.text == fresh.text)
        #expect(paper.row == fresh.row && paper.column == fresh.column)
        #expect(paper.wraps)
      }
    }
  }

  @Test(
    "What is printed above stays, whatever the terminal takes for the width of a character", arguments: [1, 2, 3, 8])
  func misjudged(width: Int) {
    let columns = 12
    let layout = DraftLayout(columns: columns, rows: 40)
    var screen = DraftScreen(isDumb: false)
    var paper = Paper(columns: columns) { $0.utf8.count > 1 ? width : 1 }
    let family = "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
    screen.show(layout.rows(of: draft(family + "abc漢字defghijklmnop" + family, cursor: 30)))
    for number in 1...5 {
      screen.print("line \(number)\r\n")
      screen.show(layout.rows(of: draft(family + "abc漢字defghijklmnop" + family + "\(number)", cursor: 30 + number)))
    }
    paper.write(screen.takeOutput())
    #expect(Array(paper.text.prefix(5)) == (1...5).map { "line \($0)" })
    #expect(paper.foreignRowsErased == 0)
  }

  @Test("A draft whose blank rows the window has lost is taken off where it began")
  func lostRows() {
    let layout = DraftLayout(columns: 20, rows: 40)
    var screen = DraftScreen(isDumb: false)
    var paper = Paper(columns: 20)
    screen.print("above\r\nit\r\n")
    screen.show(layout.rows(of: draft("first\n\n\n", cursor: 0)))
    paper.write(screen.takeOutput())
    #expect(paper.text == ["above", "it", "> first", "", "", ""])
    paper.rows.removeLast(3)
    screen.erase(rowsAbove: 0, rows: 4)
    screen.show(layout.rows(of: draft("second")))
    paper.write(screen.takeOutput())
    #expect(paper.text == ["above", "it", "> second"])
  }

  @Test("A draft that changes while the window loses rows below the cursor erases nothing above it")
  func lostRowsWhileChanging() {
    let layout = DraftLayout(columns: 20, rows: 40)
    let drafts = [
      draft("first\n\n\n", cursor: 0), draft("first\n\nlast\n", cursor: 7), draft("first\n\n\n", cursor: 6), draft("x"),
      draft("one\ntwo\nthree", cursor: 0), draft("one\ntwo\nthree"), draft("1\n2\n3\n4\n5", cursor: 1), draft(""),
    ]
    for first in drafts {
      for second in drafts {
        var screen = DraftScreen(isDumb: false)
        var paper = Paper(columns: 20)
        screen.print("above\r\nit\r\n")
        screen.show(layout.rows(of: first))
        paper.write(screen.takeOutput())
        paper.rows.removeLast(paper.rows.count - 1 - paper.row)
        screen.show(layout.rows(of: second))
        screen.print("more\r\n")
        screen.show(layout.rows(of: second))
        paper.write(screen.takeOutput())
        #expect(Array(paper.text.prefix(3)) == ["above", "it", "more"], "\(first.text) to \(second.text)")
      }
    }
  }

  @Test("A new row begins behind what another program left, and nowhere else", arguments: [0, 1, 7, 19, 20, 27])
  func beginsRow(left: Int) {
    for isDumb in [false, true] {
      var screen = DraftScreen(isDumb: isDumb)
      var paper = Paper(columns: 20)
      let foreign = String(repeating: "x", count: left)
      screen.print("above\r\n")
      screen.show(DraftLayout(columns: 19, rows: 1).rows(of: draft("a draft")))
      screen.leave()
      paper.write(screen.takeOutput() + foreign)
      screen.comeBack(columns: 20)
      screen.print("a line\r\n")
      paper.write(screen.takeOutput())
      let rows = left == 0 ? [] : left <= 20 ? [foreign] : [String(foreign.prefix(20)), String(foreign.dropFirst(20))]
      #expect(paper.text == ["above"] + rows + ["a line", ""])
    }
  }

  @Test("A dumb terminal gets one row and no escape sequence")
  func dumb() {
    var screen = DraftScreen(isDumb: true)
    var paper = Paper(columns: 20)
    let layout = DraftLayout(columns: 19, rows: 1)
    for text in ["hello", "hell", "hello there, this is more than a row", "x"] {
      screen.print("said \(text.count)\r\n")
      screen.show(layout.rows(of: draft(text, cursor: min(2, text.count))))
    }
    let output = screen.takeOutput()
    #expect(!output.contains("\u{1B}"))
    paper.write(output)
    #expect(paper.text == ["said 5", "said 4", "said 36", "said 1", "> x"])
    #expect(paper.column == 3)
  }
}
