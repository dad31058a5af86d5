import CVTerm

/// One row of a screen: its text, and for every byte of the text the cell it stands in.
struct ScreenRow {
  /// UTF-8, without blanks at the end.
  private(set) var bytes: [UInt8] = []
  private var cellOfByte: [Int] = []
  private let cells: [VTermScreenCell]

  init(cells: [VTermScreenCell]) {
    self.cells = cells
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
    for index in 0..<end {
      let first = cells[index].chars.0
      if first < 0x80 && cells[index].chars.1 == 0 {
        bytes.append(first == 0 ? 0x20 : UInt8(truncatingIfNeeded: first))
      } else if first != UInt32.max {
        bytes += cells[index].scalars.flatMap { String(Unicode.Scalar($0) ?? "\u{FFFD}").utf8 }
      }
    }
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
}

extension VTermScreenCell {
  /// The base character and what combines with it; empty for a cell nothing was written to.
  fileprivate var scalars: [UInt32] {
    let all = [chars.0, chars.1, chars.2, chars.3, chars.4, chars.5]
    return Array(all.prefix { $0 != 0 })
  }
}
