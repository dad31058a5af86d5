import CVTerm

/// One cell of a screen: what stands in it, and when it was drawn.
struct DrawnCell {
  /// The base character; 0 where nothing was written, `UInt32.max` in the right half of a wide character.
  var base: UInt32 = 0
  /// The marks that combine with it; rarely any.
  var marks: [UInt32]?
  /// The number of the drawing that put it there.
  var drawing = 0

  var isBlank: Bool { base == 0 || (base == 0x20 && marks == nil) }
}

/// A copy of what the emulator shows, kept cell by cell, and the history of everything it ever showed.
///
/// The emulator reports a change after it was made, and only the copy still has what stood there before. So each row
/// goes into the history before a change destroys what it shows:
///
///     draw s e c r e t      the row is open: it only grows at its end
///     carriage return, d    "secret" goes into the history, then the row is "decret"
///
/// A program that only appends costs the history one entry for each row.
struct ScreenMirror {
  /// The cells, row by row from the top.
  private(set) var cells: [[DrawnCell]]
  private(set) var history: DrawnHistory
  /// The number of the last drawing.
  private(set) var drawing = 0
  /// How many cells of each row are used, up to the last that is not blank.
  private var used: [Int]
  /// The rows that changed and are not in the history yet.
  private var open: Range<Int> = 0..<0
  private var columns: Int

  init(_ size: TerminalSize) {
    columns = size.columns
    cells = Self.blank(size)
    used = Array(repeating: 0, count: size.rows)
    history = DrawnHistory(rows: size.rows)
  }

  private static func blank(_ size: TerminalSize) -> [[DrawnCell]] {
    Array(repeating: Array(repeating: DrawnCell(), count: size.columns), count: size.rows)
  }

  // MARK: What the emulator reports

  /// Takes over the cells of a rectangle, which are read from the emulator. Its right edge may lie left of its left
  /// one: libvterm reports what it erases in lines of double width so.
  mutating func changed(_ rectangle: VTermRect, read: (_ row: Int, _ column: Int) -> VTermScreenCell) {
    drawing += 1
    let rows = Int(rectangle.start_row)..<Int(rectangle.end_row)
    let columns = Int(rectangle.start_col)..<max(Int(rectangle.start_col), Int(rectangle.end_col))
    // Appending to the open row destroys nothing.
    let isAppended = rows.count == 1 && open == rows && columns.lowerBound >= used[rows.lowerBound]
    var isSettled = isAppended
    for row in rows {
      for column in columns {
        let new = read(row, column).drawn(drawing)
        let old = cells[row][column]
        if new.base != old.base || new.marks != old.marks {
          if !isSettled { settle() }
          isSettled = true
          open = rows
        }
        cells[row][column] = new
        if !new.isBlank { used[row] = max(used[row], column + 1) }
      }
      while used[row] > 0, cells[row][used[row] - 1].isBlank { used[row] -= 1 }
    }
  }

  /// Moves whole rows. Parts of rows are read again, with what they leave behind: the emulator has erased that already.
  mutating func moved(
    to target: VTermRect, from source: VTermRect, read: (_ row: Int, _ column: Int) -> VTermScreenCell
  ) {
    guard target.start_col == 0, source.start_col == 0, Int(target.end_col) == columns else {
      return changed(
        VTermRect(
          start_row: min(target.start_row, source.start_row), end_row: max(target.end_row, source.end_row),
          start_col: 0, end_col: Int32(columns)), read: read)
    }
    settle()
    drawing += 1
    let rows = Int(target.start_row)..<Int(target.end_row)
    let shift = Int(source.start_row) - rows.lowerBound
    let move = RowMove(target: rows, shift: shift)
    let blank = Array(repeating: DrawnCell(drawing: drawing), count: columns)
    move.apply(to: &cells, blank: blank)
    move.apply(to: &used, blank: 0)
    history.append(.moved(move))
  }

  /// Takes over everything, at a size that may be new.
  mutating func replace(_ size: TerminalSize, read: (_ row: Int, _ column: Int) -> VTermScreenCell) {
    settle()
    drawing += 1
    columns = size.columns
    cells = Self.blank(size)
    used = Array(repeating: 0, count: size.rows)
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        cells[row][column] = read(row, column).drawn(drawing)
        if !cells[row][column].isBlank { used[row] = column + 1 }
      }
    }
    history.append(.screen((0..<size.rows).map(text)))
  }

  /// Has the history know everything that is drawn.
  mutating func settle() {
    guard !open.isEmpty else { return }
    let rows = open
    open = 0..<0
    let texts = rows.map { (row: $0, text: text(of: $0)) }.filter { $0.text != history.rows[$0.row] }
    if !texts.isEmpty { history.append(.rows(texts)) }
  }

  // MARK: Queries

  /// A row as UTF-8, without blanks at its end.
  private func text(of row: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(used[row])
    for cell in cells[row].prefix(used[row]) { cell.append(to: &bytes) }
    // The right half of a wide character may be left when something was drawn over its left.
    bytes.dropBlanksAtEnd()
    return bytes
  }
}

extension DrawnCell {
  /// Appends what stands in it as UTF-8: a blank where nothing was written, nothing for the right half of a wide
  /// character.
  func append(to bytes: inout [UInt8]) {
    if base < 0x80 && marks == nil {
      bytes.append(base == 0 ? 0x20 : UInt8(truncatingIfNeeded: base))
    } else if base != UInt32.max {
      for scalar in [base] + (marks ?? []) { bytes += String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8 }
    }
  }
}

/// Rows of a screen that move up or down; the rows they leave become blank.
struct RowMove {
  /// The rows they go to.
  let target: Range<Int>
  /// How far below the target they come from; negative when they move down.
  let shift: Int

  func apply<Row>(to rows: inout [Row], blank: Row) {
    let source = target.lowerBound + shift..<target.upperBound + shift
    let moved = Array(rows[source])
    for row in source where !target.contains(row) { rows[row] = blank }
    rows.replaceSubrange(target, with: moved)
  }
}
