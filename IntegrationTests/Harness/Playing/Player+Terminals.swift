import CVTerm

/// What a person at a terminal does, and sees.
extension Player {
  private func terminal(_ name: String) throws -> (program: Program, terminal: Terminal) {
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

  // MARK: Seeing

  private func seeing(
    _ name: String, _ expected: String, _ verdict: @escaping (Screen) -> Condition.Verdict
  ) throws -> Condition {
    let (program, terminal) = try terminal(name)
    return Condition(expected: expected) {
      let verdict = verdict(terminal.screen)
      if case .notYet(let hint) = verdict, program.isDrained(at: .now) {
        return .never("\(name) \(program.clause)\(hint.isEmpty ? "" : "; \(hint)")")
      }
      return verdict
    }
  }

  func shows(_ name: String, _ text: TextSource, _ style: Style?) throws -> Condition {
    let matcher = try matcher(text).withoutBlanksAtEnds
    let wanted = "\(Words.quoted(try bytes(text)))" + (style.map { " in \($0.words.joined(separator: " "))" } ?? "")
    return try seeing(name, "\(wanted) on the screen of \(name)") { screen in
      guard let style else { return matcher.isFound(in: screen.text()[...]) ? .met : .notYet() }
      var hint = ""
      for row in screen.rows() {
        for cells in row.places(of: matcher) {
          guard let other = cells.first(where: { !style.describes($0) }) else { return .met }
          let seen = Style.of(other)
          hint = "it is there, but \(seen.isEmpty ? "plain" : seen.joined(separator: " "))"
        }
      }
      return .notYet(hint)
    }
  }

  /// The whole screen: the rows of the block, and nothing below them.
  func shows(_ name: String, _ block: [Template]) throws -> Condition {
    let matchers = try block.map { try matcher($0).withoutBlanksAtEnds }
    let drawn = try block.map { "\n|\(try string($0))" }.joined()
    return try seeing(name, "exactly this screen of \(name)\(drawn)") { screen in
      let lines = screen.lines()
      guard matchers.count <= lines.count else { return .never("the screen has only \(lines.count) rows") }
      for (index, line) in lines.enumerated() {
        let fits = index < matchers.count ? matchers[index].isWhole(line) : line.isEmpty
        if !fits { return .notYet("row \(index + 1) is \(Words.quoted(line))") }
      }
      return .met
    }
  }

  func noLongerShows(_ name: String, _ text: TextSource) throws -> Condition {
    let matcher = try matcher(text).withoutBlanksAtEnds
    return try seeing(name, "\(Words.quoted(try bytes(text))) to be gone from the screen of \(name)") { screen in
      matcher.isFound(in: screen.text()[...]) ? .notYet() : .met
    }
  }

  func hasShown(_ name: String, _ text: TextSource) throws -> Condition {
    let matcher = try matcher(text).withoutBlanksAtEnds
    var examined = 0
    return try seeing(name, "\(Words.quoted(try bytes(text))) on the screen of \(name) or scrolled off it") { screen in
      // The text may have begun in rows that were looked at before.
      let fresh = screen.scrolledOff.suffix(screen.scrolledOffCount - examined + matcher.newlines)
      examined = screen.scrolledOffCount
      let all = (fresh + [screen.text()]).joined(separator: [0x0A])
      return matcher.isFound(in: Array(all)[...]) ? .met : .notYet()
    }
  }

  func doesNotShow(_ name: String, _ text: TextSource) throws -> Invariant {
    let matcher = try matcher(text).withoutBlanksAtEnds
    let screen = try terminal(name).terminal.screen
    return Invariant(expected: "\(Words.quoted(try bytes(text))) not on the screen of \(name)") {
      guard matcher.isFound(in: screen.text()[...]) else { return nil }
      // The screen may be another by the time the report is written.
      let row = screen.rows().firstIndex { matcher.isFound(in: $0.bytes[...]) }
      return row.map { "row \($0 + 1) was \(Words.quoted(screen.rows()[$0].bytes))" } ?? "it was there"
    }
  }

  func row(_ name: String, _ number: Int, is text: TextSource) throws -> Condition {
    let matcher = try matcher(text).withoutBlanksAtEnds
    return try seeing(name, "\(Words.quoted(try bytes(text))) in row \(number) of the screen of \(name)") { screen in
      let lines = screen.lines()
      guard (1...lines.count).contains(number) else { return .never("the screen has \(lines.count) rows") }
      let line = lines[number - 1]
      return matcher.isWhole(line) ? .met : .notYet("row \(number) is \(Words.quoted(line))")
    }
  }

  func cursor(_ name: String, row: Int, column: Int) throws -> Condition {
    try seeing(name, "the cursor of \(name) at row \(row) column \(column)") { screen in
      let (r, c) = screen.cursor
      return (r, c) == (row, column) ? .met : .notYet("it is at row \(r) column \(c)")
    }
  }

  func terminalIsRestored(_ name: String) throws -> Condition {
    let terminal = try terminal(name).terminal
    return Condition(expected: "the terminal of \(name) as it was before", changesSilently: true) {
      let differences = terminal.differencesFromStart()
      return differences.isEmpty ? .met : .notYet(differences.joined(separator: ", "))
    }
  }
}

extension ScreenRow {
  /// The cells of every place in the row where a text is found.
  fileprivate func places(of matcher: Matcher) -> [[VTermScreenCell]] {
    var places: [[VTermScreenCell]] = []
    var start = 0
    while let range = matcher.firstRange(in: bytes[...], from: start), !range.isEmpty {
      places.append(cells(in: range))
      start = range.upperBound
    }
    return places
  }
}

extension Terminal {
  /// What a program changed about the terminal and has not put back.
  func differencesFromStart() -> [String] {
    var differences: [String] = []
    if let modesAtStart, let now = modes() { differences += now.differences(from: modesAtStart) }
    if screen.bracketsPastes { differences.append("pastes are bracketed") }
    if !screen.cursorIsVisible { differences.append("the cursor is hidden") }
    if screen.isAlternate { differences.append("the alternate screen is on") }
    if screen.reportsMouse { differences.append("the mouse is reported") }
    return differences
  }
}
