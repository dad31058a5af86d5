/// Sentences about what is sent to a program's standard input, and what it prints.
extension Player {
  // MARK: Doing

  func send(_ name: String, _ text: TextSource) throws {
    let bytes = try bytes(text)
    timeline.sent(bytes, to: name)
    try input(name).send(bytes)
  }

  func send(_ name: String, _ block: [Template]) throws {
    try send(name, text(block))
  }

  func endInput(_ name: String) throws {
    try input(name).end()
  }

  private func input(_ name: String) throws -> InputPipe {
    guard let input = try program(name).input else {
      throw Failure(expected: "to send to \(name)", actual: "its standard input is not a pipe")
    }
    guard input.isOpen else {
      throw Failure(expected: "to send to \(name)", actual: "its standard input is closed")
    }
    return input
  }

  /// While held, what the program writes is not read.
  func hold(_ name: String, _ isHeld: Bool) throws {
    let program = try program(name)
    program.output?.isHeld = isHeld
    program.errors?.isHeld = isHeld
    program.terminal?.isHeld = isHeld
  }

  // MARK: Seeing

  private func stream(_ name: String, _ onErrors: Bool) throws -> (program: Program, pipe: OutputPipe, called: String) {
    let program = try program(name)
    let called = "the standard \(onErrors ? "error" : "output") of \(name)"
    guard let pipe = onErrors ? program.errors : program.output else {
      throw Failure(
        expected: called,
        actual: "it is no pipe: it leads to \(onErrors ? program.launch.errors : program.launch.output)")
    }
    return (program, pipe, called)
  }

  private func reading(
    _ name: String, _ onErrors: Bool, _ expected: String, alike: Matcher? = nil,
    _ verdict: @escaping (OutputPipe) -> Condition.Verdict
  ) throws -> Condition {
    let (program, pipe, called) = try stream(name, onErrors)
    let explain = { alike.map { Lookalike.hint($0, in: pipe.transcript.bytes.suffix(Lookalike.most)) } ?? "" }
    return Condition(expected: "\(expected) on \(called)", explain: explain) {
      let verdict = verdict(pipe)
      if case .notYet(let hint) = verdict, program.isDrained(at: .now) {
        return .never("\(name) \(program.clause)\(hint.isEmpty ? "" : "; \(hint)")")
      }
      return verdict
    }
  }

  /// After what an earlier `prints` found: so the order is checked too.
  func prints(_ name: String, _ text: TextSource, onErrors: Bool) throws -> Condition {
    let matcher = try soughtText(text)
    let quoted = try quoted(text)
    var search = TranscriptSearch(matcher)
    return try reading(name, onErrors, "\(quoted) after what was found before,", alike: matcher) { [self] pipe in
      switch search.search(in: pipe.transcript, from: pipe.examined) {
      case .found(let place):
        guard keep(place, of: pipe.transcript, isWhole: pipe.isAtEnd, matcher) else {
          return .notYet(Words.unfinished)
        }
        pipe.examined = place.upperBound
        return .met
      case .absent: return .notYet()
      case .unknown: return .notYet(Words.flood(pipe.transcript))
      }
    }
  }

  /// Anywhere in what was printed.
  func hasPrinted(_ name: String, _ text: TextSource, onErrors: Bool) throws -> Condition {
    let matcher = try soughtText(text)
    let quoted = try quoted(text)
    var search = TranscriptSearch(matcher)
    return try reading(name, onErrors, "\(quoted) anywhere", alike: matcher) { [self] pipe in
      switch search.search(in: pipe.transcript) {
      case .found(let place):
        keep(place, of: pipe.transcript, isWhole: pipe.isAtEnd, matcher) ? .met : .notYet(Words.unfinished)
      case .absent: .notYet()
      case .unknown: .notYet(Words.flood(pipe.transcript))
      }
    }
  }

  func hasPrinted(_ name: String, exactly block: [Template], onErrors: Bool) throws -> Condition {
    try hasPrinted(name, exactly: text(block), onErrors: onErrors)
  }

  func hasPrinted(_ name: String, exactly text: TextSource, onErrors: Bool) throws -> Condition {
    let matcher = try matcher(text)
    let quoted = try quoted(text)
    let (_, pipe, _) = try stream(name, onErrors)
    var condition = try reading(name, onErrors, "exactly \(quoted)") { pipe in
      if pipe.transcript.droppedBytes > 0 { return .never(Words.flood(pipe.transcript)) }
      return matcher.isWhole(pipe.transcript.bytes[...]) ? .met : .notYet()
    }
    condition.explain = {
      pipe.transcript.droppedBytes > 0 ? "" : Words.difference(pipe.transcript.bytes, from: matcher)
    }
    return condition
  }

  func hasPrintedNothing(_ name: String, onErrors: Bool) throws -> Invariant {
    let (_, pipe, called) = try stream(name, onErrors)
    return Invariant(expected: "nothing on \(called)") {
      pipe.transcript.totalBytes == 0 ? nil : "it is \(Words.quoted(pipe.transcript.bytes))"
    }
  }

  func doesNotPrint(_ name: String, _ text: TextSource, onErrors: Bool) throws -> Invariant {
    let (_, pipe, called) = try stream(name, onErrors)
    let matcher = try soughtText(text)
    var search = TranscriptSearch(matcher)
    return Invariant(expected: "\(try quoted(text)) nowhere on \(called)") {
      switch search.search(in: pipe.transcript) {
      case .found: "it was printed"
      case .absent: nil
      case .unknown: Words.flood(pipe.transcript)
      }
    }
  }
}
