/// The cells of a table of states that is written as text: a row a line, its cells parted by `|`.
func cells(of table: String) -> [[String]] {
  table.split(separator: "\n").map { row in
    row.split(separator: "|").map { cell in cell.split(separator: " ").joined(separator: " ") }
  }
}
