@testable import Terminal

extension FuzzTarget {
  /// The gate between the keyboard and line editing. The lowest two bits of the first byte tell how many cursor reports
  /// are awaited, the next one whether the focus is reported; the rest is typed.
  static let inputGate = FuzzTarget(
    name: "input-gate",
    words: ["\u{1B}[200~", "\u{1B}[201~", "\u{1B}[1;1R", "\u{1B}[I", "\u{1B}[O", "\u{1B}[", "\r\n", "\u{1F40C}"]
  ) { input in
    guard let first = input.first else { return }
    let typed = Array(input.dropFirst())
    let awaited = Int(first & 3)
    let whole = passed([typed[...]], awaiting: awaited, focus: first & 4 != 0)
    for pieces in Splits.of(typed) {
      try requireEqual(
        passed(pieces, awaiting: awaited, focus: first & 4 != 0), whole, "in pieces of \(pieces.map(\.count))")
    }
  }

  /// The output of the gate.
  private struct Passed: Equatable {
    var bytes: [UInt8] = []
    var reports: [Int] = []
    var focus: Bool?
    var holdsPaste = false
  }

  private static func passed(_ pieces: [ArraySlice<UInt8>], awaiting count: Int, focus: Bool) -> Passed {
    var gate = InputGate(pasteLimit: 40)
    gate.takesFocusReports = focus
    for _ in 0..<count { gate.expectReport() }
    var passed = Passed()
    for piece in pieces {
      passed.bytes += flat(gate.pass(piece))
      passed.reports += gate.takeReports()
      passed.focus = gate.takeFocus() ?? passed.focus
    }
    // How much of a paste without an end waits depends on the pieces, so let all of it out.
    passed.holdsPaste = gate.holdsPaste
    if passed.holdsPaste { passed.bytes += flat(gate.pass(Array("\u{1B}[201~".utf8)[...])) }
    if gate.holdsEscape { passed.bytes += flat(gate.releaseEscape()) }
    passed.bytes = withoutSeams(passed.bytes)
    return passed
  }

  /// The output as one stream, pastes in their brackets.
  private static func flat(_ typed: [Typed]) -> [UInt8] {
    typed.flatMap { typed -> [UInt8] in
      switch typed {
      case .keys(let keys): keys
      case .paste(let text): Array("\u{1B}[200~".utf8) + text + Array("\u{1B}[201~".utf8)
      // Which keys ask for signals is for the terminal to say, and none is asked here.
      case .signal: []
      }
    }
  }

  /// Bytes without each end of a paste that a beginning follows: where an overlong paste is divided depends on the
  /// pieces.
  private static func withoutSeams(_ bytes: [UInt8]) -> [UInt8] {
    let seam = Array("\u{1B}[201~\u{1B}[200~".utf8)
    var kept: [UInt8] = []
    for byte in bytes {
      kept.append(byte)
      if kept.suffix(seam.count).elementsEqual(seam) { kept.removeLast(seam.count) }
    }
    return kept
  }
}
