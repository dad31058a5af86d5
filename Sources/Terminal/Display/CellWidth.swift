import CReadline

/// How many columns text takes, never less than a terminal gives it.
///
/// Terminals differ in what a cluster of several scalars is worth: some draw a family of four as one picture of two
/// columns, some as four. So the parts are added up, and a row that is filled by this measure fits on every terminal.
/// Nothing else may depend on it.
enum CellWidth {
  /// The columns of a character that is no control character.
  static func of(_ character: Character) -> Int {
    if character.utf8.count == 1 { return 1 }
    return character.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  /// The columns it takes on the terminal that gives it fewest.
  static func atLeast(_ character: Character) -> Int {
    guard character.utf8.count > 1 else { return 1 }
    return character.unicodeScalars.reduce(0) { max($0, Int(creadline_cells($1.value))) }
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x20..<0x7F: return 1
    // The emoji selector makes a narrow character a wide picture.
    case 0xFE0F: return 1
    // Flags: each half may be drawn by itself.
    case 0x1F1E6...0x1F1FF: return 2
    default: break
    }
    if scalar.properties.isDefaultIgnorableCodePoint { return 0 }
    // A scalar that is newer than the C library's table is most often an emoji.
    let cells = creadline_cells(scalar.value)
    if cells < 0 { return 2 }
    // A spacing mark has a column of its own on some terminals.
    return scalar.properties.generalCategory == .spacingMark ? max(1, Int(cells)) : Int(cells)
  }
}
