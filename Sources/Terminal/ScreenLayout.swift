import CReadline

/// Where text comes to stand on a terminal so many columns wide: the arithmetic of line wrapping.
///
/// Widths are those of wcwidth(3), as readline's are, so that both see the same rows.
struct ScreenLayout {
  let columns: Int

  /// A place, counted from 0 at the beginning of the text.
  struct Position: Equatable {
    var row = 0
    var column = 0
  }

  init(columns: Int) {
    // A terminal that does not know its size is taken for one of the usual width.
    self.columns = columns > 0 ? columns : 80
  }

  /// Where the cursor stands after `text`. A full row puts it at the beginning of the next, as readline does.
  func end(of text: String) -> Position {
    var position = Position()
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        position = Position(row: position.row + 1, column: 0)
        continue
      }
      // Readline shows a tab as blanks up to the next eighth column…
      if scalar == "\t" {
        let blanks = 8 - position.column % 8
        position.column += blanks
        if position.column >= columns { position = Position(row: position.row + 1, column: position.column - columns) }
        continue
      }
      // …and any other control character in two cells.
      let cells = scalar.value < 0x20 || scalar.value == 0x7F ? [1, 1] : [Int(max(0, creadline_cells(scalar.value)))]
      for width in cells {
        // A wide character does not fit into the last cell: it goes to the next row.
        if position.column + width > columns { position = Position(row: position.row + 1, column: 0) }
        position.column += width
        if position.column == columns { position = Position(row: position.row + 1, column: 0) }
      }
    }
    return position
  }
}
