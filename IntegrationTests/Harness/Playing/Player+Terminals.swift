/// Sentences about what a person at a terminal does.
extension Player {
  func terminal(_ name: String) throws -> (program: Program, terminal: Terminal) {
    let program = try program(name)
    guard let terminal = program.terminal else {
      throw Failure(expected: "\(name) on a terminal", actual: "it runs on pipes")
    }
    return (program, terminal)
  }

  // MARK: Doing

  func type(_ name: String, _ text: TextSource, then keys: [Key]?) throws {
    let (program, terminal) = try terminal(name)
    try deliver(try bytes(text), to: terminal, of: program)
    if let keys { try press(name, keys) }
  }

  func press(_ name: String, _ keys: [Key]) throws {
    let (program, terminal) = try terminal(name)
    for key in keys { try deliver(key.bytes(on: terminal.screen), to: terminal, of: program) }
  }

  /// Pastes as a terminal does: newlines become Enter, and brackets go around it if the program asked for them.
  func paste(_ name: String, _ text: TextSource, then keys: [Key]?) throws {
    let (program, terminal) = try terminal(name)
    let brackets = terminal.screen.pasteBrackets()
    let pasted = try bytes(text).map { $0 == 0x0A ? 0x0D : $0 }
    try deliver(brackets.begin + pasted + brackets.end, to: terminal, of: program)
    if let keys { try press(name, keys) }
  }

  private func openTerminal(_ name: String, _ expected: String) throws -> Terminal {
    let (program, terminal) = try terminal(name)
    guard !terminal.isAtEnd else {
      throw Failure(expected: expected, actual: "it is closed; \(name) \(program.clause)")
    }
    return terminal
  }

  private func deliver(_ bytes: [UInt8], to terminal: Terminal, of program: Program) throws {
    guard !terminal.isAtEnd else {
      throw Failure(
        expected: "to type \(Words.quoted(bytes)) to \(program.name)",
        actual: "it \(program.clause) and its terminal is closed")
    }
    timeline.sent(bytes, to: program.name)
    terminal.type(bytes)
  }

  func resize(_ name: String, to size: TerminalSize) throws {
    try openTerminal(name, "to resize the terminal of \(name)").resize(to: size)
    requests[name]?.size = size
  }

  func hangUp(_ name: String) throws {
    try openTerminal(name, "to hang up the terminal of \(name)").hangUp()
  }
}

extension Terminal {
  /// The changes of the terminal that a program has not put back.
  func differencesFromStart() -> [String] {
    var differences: [String] = []
    if let modesAtStart, let now = modes() { differences += now.differences(from: modesAtStart) }
    if screen.bracketsPastes { differences.append("pastes are bracketed") }
    if !screen.cursorIsVisible { differences.append("the cursor is hidden") }
    if screen.isAlternate { differences.append("the alternate screen is on") }
    if screen.reportsMouse { differences.append("the mouse is reported") }
    return differences + screen.settings.differences(rows: screen.size.rows)
  }
}
