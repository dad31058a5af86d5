/// Draws a draft at the foot of the conversation, and knows which rows of the screen are its own.
///
/// Every row ends with a break of ours, and the terminal does not wrap while they are drawn, so a disagreement about
/// the width of a character can spoil the look of a row but never add one. Exactly the rows that were drawn are erased.
///
/// All bytes for the terminal collect in `output`, and go out in one piece.
struct DraftScreen {
  /// The rows on the screen; nil when the draft has none there, and the cursor is at the beginning of an empty row.
  private(set) var shown: DraftRows?
  /// The bytes that are to be written.
  private(set) var output = ""
  /// Whether the screen is another program's.
  private var isAway = false
  /// Whether the terminal only prints: of all movements it knows the carriage return. Drafts for it have one row.
  private let isDumb: Bool

  init(isDumb: Bool) { self.isDumb = isDumb }

  /// Takes what is to be written.
  mutating func takeOutput() -> String {
    defer { output = "" }
    return output
  }

  // MARK: The draft

  /// Shows a draft in the place of the one that is shown.
  mutating func show(_ rows: DraftRows) {
    guard rows != shown else { return }
    defer { shown = rows }
    if isDumb { return overprint(rows) }
    output += Sequence.wrapOff
    if let shown { replace(shown, by: rows) } else { draw(rows) }
    output += Sequence.wrapOn
  }

  /// Takes the draft off the screen. The cursor is where it began.
  mutating func erase() {
    guard let shown else { return }
    defer { self.shown = nil }
    if isDumb { return blankOut(shown.rows[0].width) }
    move(from: shown.cursorRow, to: 0)
    clear(rows: shown.rows.count)
  }

  /// Forgets what is shown, without touching the screen: the row the cursor is in is where the next draft begins.
  mutating func forget() { shown = nil }

  /// Takes the draft off the screen, which is another program's for a while.
  mutating func leave() {
    erase()
    isAway = true
  }

  /// Goes to an empty row, when the screen was another program's: that, or the terminal's own echo of keys, may have
  /// left the cursor in any column. So many blanks end in the same row only from the first (zsh's PROMPT_SP).
  /// - Parameter columns: those of the window.
  mutating func comeBack(columns: Int) {
    guard isAway else { return }
    isAway = false
    output += String(repeating: " ", count: columns) + "\r" + (isDumb ? "" : Sequence.clearRow)
  }

  /// Takes off the screen what a change of width made of the draft.
  /// - Parameters:
  ///   - rowsAbove: rows of the draft above the one the cursor is in now.
  ///   - rows: all its rows now.
  mutating func erase(rowsAbove: Int, rows: Int) {
    guard shown != nil else { return }
    move(from: rowsAbove, to: 0)
    clear(rows: rows)
    shown = nil
  }

  // MARK: Above the draft

  /// Prints text above the draft, which is to be shown again afterwards.
  /// - Parameter text: whole lines.
  mutating func print(_ text: String) {
    erase()
    output += text
  }

  /// Writes a sequence that moves nothing: the bell, a mode.
  mutating func send(_ sequence: String) { output += sequence }

  /// Clears the whole screen, and what scrolled off it too if so desired.
  mutating func clear(scrollback: Bool) {
    output += "\u{1B}[H\u{1B}[2J" + (scrollback ? "\u{1B}[3J" : "")
    shown = nil
  }

  // MARK: Sequences

  /// ECMA-48 and, for the modes and the cursor, DEC's VT510 manual (DECAWM, DECSC).
  private enum Sequence {
    static let wrapOff = "\u{1B}[?7l"
    static let wrapOn = "\u{1B}[?7h"
    static let clearRow = "\u{1B}[K"
    static let saveCursor = "\u{1B}7"
    static let restoreCursor = "\u{1B}8"
  }

  private mutating func draw(_ rows: DraftRows) {
    output += "\r" + rows.rows.map(\.text).joined(separator: "\r\n")
    placeCursor(in: rows, from: rows.rows.count - 1, isAtEnd: true)
  }

  private mutating func replace(_ old: DraftRows, by new: DraftRows) {
    if append(old, new) { return }
    var row = old.cursorRow
    var isAtEnd = false
    for index in 0..<max(old.rows.count, new.rows.count) {
      if index >= old.rows.count {
        // The row below may not exist yet: a line feed makes it, scrolling if need be.
        move(from: row, to: index - 1)
        output += "\r\n" + new.rows[index].text
      } else if index >= new.rows.count {
        move(from: row, to: index)
        output += Sequence.clearRow
      } else if old.rows[index] != new.rows[index] {
        move(from: row, to: index)
        // Cleared before it is printed: at the end of a full row the cursor would take the last character along.
        output += Sequence.clearRow + new.rows[index].text
      } else {
        continue
      }
      row = index
      isAtEnd = index < new.rows.count
    }
    placeCursor(in: new, from: row, isAtEnd: isAtEnd)
  }

  /// The usual case: something was typed at the end. It is printed, and nothing else.
  private mutating func append(_ old: DraftRows, _ new: DraftRows) -> Bool {
    guard let oldLast = old.rows.last, let newLast = new.rows.last, old.rows.count == new.rows.count,
      old.rows.dropLast() == new.rows.dropLast(), old.cursorRow == old.rows.count - 1, old.toCursor == oldLast,
      new.cursorRow == new.rows.count - 1, new.toCursor == newLast,
      newLast.text.unicodeScalars.starts(with: oldLast.text.unicodeScalars)
    else { return false }
    output += String(newLast.text.unicodeScalars.dropFirst(oldLast.text.unicodeScalars.count))
    return true
  }

  /// - Parameter isAtEnd: whether the row was just printed.
  private mutating func placeCursor(in rows: DraftRows, from row: Int, isAtEnd: Bool) {
    if isAtEnd, row == rows.cursorRow, rows.toCursor == rows.rows[row] { return }
    move(from: row, to: rows.cursorRow)
    output += rows.toCursor.text
  }

  /// Clears rows from the one the cursor is in, and goes back there. Not by counting: a window that became lower may
  /// have lost blank rows at its foot.
  private mutating func clear(rows: Int) {
    output += Sequence.saveCursor
    output += Array(repeating: Sequence.clearRow, count: rows).joined(separator: "\u{1B}[B")
    output += Sequence.restoreCursor
  }

  private mutating func overprint(_ rows: DraftRows) {
    let row = rows.rows[0]
    if let shown { blankOut(shown.rows[0].width) }
    output += "\r" + row.text
    if rows.toCursor != row { output += "\r" + rows.toCursor.text }
  }

  private mutating func blankOut(_ width: Int) { output += "\r" + String(repeating: " ", count: width) + "\r" }

  /// To the beginning of another row. A window that became lower may have lost the rows below the cursor: a line feed
  /// makes them again, and a movement would stop at the last one, so that the way back up ends above the draft.
  private mutating func move(from row: Int, to other: Int) {
    output += "\r"
    if other < row { output += "\u{1B}[\(row - other)A" }
    if other > row { output += String(repeating: "\n", count: other - row) }
  }
}
