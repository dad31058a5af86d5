import CVTerm

/// One row of a screen: its text, and for every byte of the text the cell it stands in.
struct ScreenRow {
  /// UTF-8, without blanks at the end.
  private(set) var bytes: [UInt8] = []
  private var cellOfByte: [Int] = []
  private let cells: [VTermScreenCell]
  private let drawings: [Int]

  /// The cells and for each the number of the drawing that put it there.
  init(cells: [VTermScreenCell], drawings: [Int]) {
    self.cells = cells
    self.drawings = drawings
    for (index, cell) in cells.enumerated() {
      let scalars = cell.scalars
      // The right half of a wide character says so with a value no character has.
      if scalars.first == UInt32.max { continue }
      for scalar in scalars.isEmpty ? [0x20] : scalars {
        let encoded = Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        bytes += encoded
        cellOfByte += Array(repeating: index, count: encoded.count)
      }
    }
    let end = bytes.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? 0
    bytes.removeLast(bytes.count - end)
  }

  /// Only the text of a row, without blanks at its end: for the many rows of a flood.
  static func bytes(of cells: UnsafeBufferPointer<VTermScreenCell>) -> [UInt8] {
    var end = cells.count
    while end > 0, cells[end - 1].chars.0 == 0 || cells[end - 1].chars.0 == 0x20 { end -= 1 }
    var bytes: [UInt8] = []
    for cell in cells[..<end] { cell.drawn(0).append(to: &bytes) }
    bytes.dropBlanksAtEnd()
    return bytes
  }

  /// How many cells the text takes.
  var usedCells: Int {
    guard let last = cellOfByte[..<bytes.count].last else { return 0 }
    return last + max(1, Int(cells[last].width))
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The cells in which a range of the text's bytes stands.
  func cells(in range: Range<Int>) -> [VTermScreenCell] {
    Set(cellOfByte[range]).sorted().map { cells[$0] }
  }

  /// Whether all of a range of the text's bytes but its blanks was drawn after a drawing.
  func isDrawn(_ range: Range<Int>, after drawing: Int) -> Bool {
    range.allSatisfy { bytes[$0] == 0x20 || drawings[cellOfByte[$0]] > drawing }
  }
}

extension VTermScreenCell {
  /// The font that stands for concealed text; the emulator knows fonts from 0 to 9.
  static let concealedFont: UInt32 = 9

  /// The base character and what combines with it; empty for a cell nothing was written to, or whose text is concealed.
  fileprivate var scalars: [UInt32] {
    if attrs.font == Self.concealedFont && chars.0 != UInt32.max { return [] }
    let all = [chars.0, chars.1, chars.2, chars.3, chars.4, chars.5]
    return Array(all.prefix { $0 != 0 })
  }

  /// The same as the mirror keeps it.
  func drawn(_ drawing: Int) -> DrawnCell {
    if chars.0 < 0x80 && chars.1 == 0 && attrs.font != Self.concealedFont {
      return DrawnCell(base: chars.0, drawing: drawing)
    }
    let scalars = self.scalars
    let marks = scalars.count > 1 ? Array(scalars.dropFirst()) : nil
    return DrawnCell(base: scalars.first ?? 0, marks: marks, drawing: drawing)
  }
}
