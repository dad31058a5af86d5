/// Sentences about what a program has written to its terminal and has set there, which no screen shows.
extension Player {
  private func judging(
    _ name: String, _ expected: String, _ verdict: @escaping (Terminal) -> Condition.Verdict
  ) throws -> Condition {
    let (program, terminal) = try terminal(name)
    return Condition(expected: expected) {
      let verdict = verdict(terminal)
      if case .notYet(let hint) = verdict, program.isDrained(at: .now) {
        return .never("\(name) \(program.clause)\(hint.isEmpty ? "" : "; \(hint)")")
      }
      return verdict
    }
  }

  /// The bytes, with all that a terminal carries out and does not show.
  func hasWritten(_ name: String, _ text: TextSource) throws -> Condition {
    let matcher = try soughtText(text)
    var search = TranscriptSearch(matcher)
    return try judging(name, "\(try quoted(text)) anywhere in what \(name) wrote to its terminal") { [self] terminal in
      switch search.search(in: terminal.transcript) {
      case .found(let place):
        keep(place, of: terminal.transcript, isWhole: terminal.isAtEnd, matcher) ? .met : .notYet(Words.unfinished)
      case .absent: .notYet()
      case .unknown: .notYet(Words.flood(terminal.transcript))
      }
    }
  }

  func hasNotWritten(_ name: String, _ text: TextSource) throws -> Invariant {
    let matcher = try soughtText(text)
    let terminal = try terminal(name).terminal
    var search = TranscriptSearch(matcher)
    return Invariant(expected: "\(try quoted(text)) nowhere in what \(name) wrote to its terminal") {
      switch search.search(in: terminal.transcript) {
      case .found: "it was written"
      case .absent: nil
      case .unknown: Words.flood(terminal.transcript)
      }
    }
  }

  /// The bell, so many times, or at least once.
  func hasRung(_ name: String, times: Int?) throws -> Condition {
    let wanted = times.map { " \(Words.count($0, "time"))" } ?? ""
    return try judging(name, "the bell of \(name) to have rung\(wanted)") { terminal in
      let bells = terminal.screen.settings.bells
      guard let times else { return bells > 0 ? .met : .notYet() }
      let rung = "it has rung \(Words.count(bells, "time"))"
      return bells == times ? .met : bells > times ? .never(rung) : .notYet(rung)
    }
  }

  func hasNotRung(_ name: String) throws -> Invariant {
    let terminal = try terminal(name).terminal
    return Invariant(expected: "the bell of \(name) never to have rung") {
      let bells = terminal.screen.settings.bells
      return bells == 0 ? nil : "it has rung \(Words.count(bells, "time"))"
    }
  }

  func title(_ name: String, is text: TextSource) throws -> Condition {
    let matcher = try matcher(text)
    return try judging(name, "\(try quoted(text)) as the title of the terminal of \(name)") { terminal in
      let title = terminal.screen.settings.title
      return matcher.isWhole(title[...]) ? .met : .notYet("it is \(Words.quoted(title))")
    }
  }

  func clipboard(_ name: String, is text: TextSource) throws -> Condition {
    let matcher = try matcher(text)
    return try judging(name, "\(try quoted(text)) in the clipboard of \(name)") { terminal in
      guard let clipboard = terminal.screen.settings.clipboard else { return .notYet("nothing was put there") }
      return matcher.isWhole(clipboard[...]) ? .met : .notYet("it is \(Words.quoted(clipboard))")
    }
  }

  // MARK: The line discipline

  func terminalIsRestored(_ name: String) throws -> Condition {
    let terminal = try terminal(name).terminal
    return Condition(expected: "the terminal of \(name) as it was before", changesSilently: true) {
      let differences = terminal.differencesFromStart()
      return differences.isEmpty ? .met : .notYet(differences.joined(separator: ", "))
    }
  }

  /// Whether the terminal itself shows what is typed.
  func echo(_ name: String, isOn: Bool) throws -> Condition {
    let (program, terminal) = try terminal(name)
    let expected = "the terminal of \(name) \(isOn ? "to echo" : "not to echo") what is typed"
    return Condition(expected: expected, changesSilently: true) {
      guard let modes = terminal.modes() else { return .never("its modes cannot be read") }
      if modes.echoes == isOn { return .met }
      let now = "it \(modes.echoes ? "does" : "does not")"
      return program.isRunning ? .notYet(now) : .never("\(now), and \(name) \(program.clause)")
    }
  }
}
