extension Matcher {
  /// Why a text can never be on a screen of that size; nil when it can.
  func misfit(on size: TerminalSize, isWithinRows: Bool = true) -> String? {
    let misfits = alternatives.map { $0.misfit(on: size, isWithinRows: isWithinRows) }
    return misfits.contains(nil) ? nil : misfits[0]
  }
}

extension Pattern {
  fileprivate func misfit(on size: TerminalSize, isWithinRows: Bool) -> String? {
    if isWithinRows && newlines >= size.rows {
      return "the text has \(newlines + 1) rows, and the screen only \(size.rows)"
    }
    // Only what is literally there: a hole may be empty, and a digit takes at least one cell.
    var least = 0
    for part in withoutBlanksAtEnds.parts {
      guard case .literal(let bytes) = part else {
        least += part == .anything ? 0 : 1
        continue
      }
      for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        if index > 0 { least = 0 }
        least += Screen.width(of: Array(line))
        if least > size.columns {
          return "\(Words.quoted(line)) takes \(least) columns, and the screen has only \(size.columns)"
        }
      }
    }
    return nil
  }
}

extension Screen {
  /// How many cells a line takes on a terminal, at most as many as the widest terminal has.
  static func width(of line: [UInt8]) -> Int {
    // Most lines are ASCII; for the others a terminal is asked.
    if line.allSatisfy({ $0 < 0x80 }) { return line.count }
    let screen = Screen(TerminalSize(columns: 501, rows: 2))
    screen.draw(line)
    return screen.cursor.row > 1 ? 501 : screen.cursor.column - 1
  }
}
