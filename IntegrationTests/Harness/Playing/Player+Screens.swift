import CVTerm

/// Sentences about what a person at a terminal sees.
extension Player {
  private func seeing(
    _ name: String, _ expected: String, misfit: String? = nil, alike: Matcher? = nil,
    _ verdict: @escaping (Screen) -> Condition.Verdict
  ) throws -> Condition {
    let (program, terminal) = try terminal(name)
    let explain = { alike.map { Lookalike.hint($0, in: terminal.screen.text()) } ?? "" }
    return Condition(expected: expected, explain: explain) {
      if let misfit { return .never(misfit) }
      let verdict = verdict(terminal.screen)
      if case .notYet(let hint) = verdict, program.isDrained(at: .now) {
        return .never("\(name) \(program.clause)\(hint.isEmpty ? "" : "; \(hint)")")
      }
      return verdict
    }
  }

  /// A text to look for on a screen, if it is one that can be there and be absent.
  private func screenMatcher(_ text: TextSource) throws -> ScreenMatcher {
    let matcher = try matcher(text)
    if let problem = TextRules.screenProblem(matcher) {
      throw Failure(expected: "a text to look for on a screen", actual: problem)
    }
    return ScreenMatcher(matcher)
  }

  // MARK: Now

  /// `anew` counts only what was drawn since the scenario did something, and since the same text was found last.
  func shows(_ name: String, _ text: TextSource, _ style: Style?, anew: Bool) throws -> Condition {
    let matcher = try screenMatcher(text)
    let quoted = try quoted(text)
    let screen = try terminal(name).terminal.screen
    let before = screen.drawingBefore(quoted)
    let misfit = matcher.matcher.misfit(on: screen.size)
    let wanted =
      quoted + (style.map { " in \($0.words.joined(separator: " "))" } ?? "") + (anew ? ", drawn anew," : "")
    return try seeing(name, "\(wanted) on the screen of \(name)", misfit: misfit, alike: matcher.matcher) {
      [self] screen in
      let lines = screen.lines()
      guard matcher.isFound(in: lines) else { return .notYet() }
      let rows = screen.rows()
      var hint = ""
      for place in matcher.places(in: lines) {
        if anew && !place.isDrawn(in: rows, after: before) {
          hint = "it is there from before"
        } else if let seen = style?.difference(place.cells(in: rows)) {
          hint = "it is there, but \(seen)"
        } else if place.endsAtCursor(of: screen, in: rows) {
          hint = "it is there, but the cursor is right behind it, so that more may come"
        } else {
          screen.noteFound(quoted)
          keep(place.captures, of: matcher.text(lines)[...])
          return .met
        }
      }
      return .notYet(hint)
    }
  }

  /// The whole screen: the rows of the block, and nothing below them.
  func shows(_ name: String, _ block: [Template]) throws -> Condition {
    let patterns = try block.map { try pattern($0).withoutBlanksAtEnds }
    if let problem = patterns.lazy.compactMap({ TextRules.rowProblem(Matcher(anyOf: [$0])) }).first {
      throw Failure(expected: "a screen", actual: problem)
    }
    let screen = try terminal(name).terminal.screen
    let misfit = patterns.lazy.compactMap { Matcher(anyOf: [$0]).misfit(on: screen.size) }.first
    let drawn = try block.map { "\n|\(try string($0))" }.joined()
    var condition = try seeing(name, "exactly this screen of \(name)\(drawn)", misfit: misfit) { screen in
      let lines = screen.lines()
      guard patterns.count <= lines.count else { return .never("the screen has only \(lines.count) rows") }
      let fits = lines.indices.allSatisfy { index in
        index < patterns.count ? patterns[index].isWhole(lines[index][...]) : lines[index].isEmpty
      }
      return fits ? .met : .notYet()
    }
    condition.explain = {
      let used = screen.lines().reversed().drop(while: \.isEmpty).reversed()
      return misfit == nil && patterns.count <= screen.size.rows ? LineDiff.text(patterns, Array(used)) ?? "" : ""
    }
    return condition
  }

  func noLongerShows(_ name: String, _ text: TextSource) throws -> Condition {
    let matcher = try screenMatcher(text)
    return try seeing(name, "\(try quoted(text)) to be gone from the screen of \(name)") { screen in
      matcher.isFound(in: screen.lines()) ? .notYet() : .met
    }
  }

  func row(_ name: String, _ number: Int, is text: TextSource) throws -> Condition {
    let whole = try matcher(text)
    if let problem = TextRules.rowProblem(whole) { throw Failure(expected: "a row", actual: problem) }
    let matcher = Matcher(anyOf: whole.alternatives.map(\.withoutBlanksAtEnds))
    let misfit = matcher.misfit(on: try terminal(name).terminal.screen.size)
    let wanted = "\(try quoted(text)) in row \(number) of the screen of \(name)"
    return try seeing(name, wanted, misfit: misfit, alike: matcher) { screen in
      let lines = screen.lines()
      guard (1...lines.count).contains(number) else { return .never("the screen has \(lines.count) rows") }
      let line = lines[number - 1]
      return matcher.isWhole(line[...]) ? .met : .notYet("row \(number) is \(Words.quoted(line))")
    }
  }

  func cursor(_ name: String, row: Int, column: Int) throws -> Condition {
    try seeing(name, "the cursor of \(name) at row \(row) column \(column)") { screen in
      let (r, c) = screen.cursor
      return (r, c) == (row, column) ? .met : .notYet("it is at row \(r) column \(c)")
    }
  }

  // MARK: Ever

  /// On the screen at any time, or in rows that scrolled off one after the other.
  func hasShown(_ name: String, _ text: TextSource) throws -> Condition {
    let matcher = try screenMatcher(text)
    var search = DrawnSearch(matcher)
    var scrolled = ScrolledSearch(matcher)
    let misfit = matcher.matcher.misfit(on: try terminal(name).terminal.screen.size, isWithinRows: false)
    let wanted = "\(try quoted(text)) on the screen of \(name) or scrolled off it"
    return try seeing(name, wanted, misfit: misfit, alike: matcher.matcher) { screen in
      if scrolled.finds(in: screen) { return .met }
      switch search.search(in: screen.history) {
      case .found: return .met
      case .absent: return .notYet()
      case .unknown: return .notYet(Words.flood(screen))
      }
    }
  }

  /// Never on the screen, not even for a moment, and not in rows that scrolled off. `anew` counts only what was drawn
  /// since the scenario did something.
  func doesNotShow(_ name: String, _ text: TextSource, anew: Bool) throws -> Invariant {
    let matcher = try screenMatcher(text)
    let screen = try terminal(name).terminal.screen
    var search = DrawnSearch(matcher, from: anew ? screen.beforeAction.change : 0)
    var scrolled = ScrolledSearch(matcher)
    let wanted = "\(try quoted(text)) never\(anew ? " again" : "") on the screen of \(name)"
    return Invariant(expected: wanted) {
      switch search.search(in: screen.history) {
      case .found(let row, let text): return "row \(row) was \(Words.quoted(text))"
      case .absent: return !anew && scrolled.finds(in: screen) ? "it stood in rows that scrolled off" : nil
      case .unknown: return Words.flood(screen)
      }
    }
  }
}

/// Looks for a text of several rows in what scrolled off and in what follows it on the screen.
private struct ScrolledSearch {
  private let matcher: ScreenMatcher
  private var examined = 0

  init(_ matcher: ScreenMatcher) { self.matcher = matcher }

  mutating func finds(in screen: Screen) -> Bool {
    guard matcher.newlines > 0 else { return false }
    // The text may have begun in rows that were looked at before.
    let fresh = screen.scrolledOff.suffix(screen.scrolledOffCount - examined + matcher.newlines)
    examined = screen.scrolledOffCount
    return matcher.isFound(in: fresh + screen.lines())
  }
}

extension ScreenPlace {
  fileprivate func cells(in rows: [ScreenRow]) -> [VTermScreenCell] {
    parts.flatMap { rows[$0.row].cells(in: $0.bytes) }
  }

  /// Whether all of it but its blanks was drawn after a drawing.
  fileprivate func isDrawn(in rows: [ScreenRow], after drawing: Int) -> Bool {
    parts.allSatisfy { rows[$0.row].isDrawn($0.bytes, after: drawing) }
  }

  /// Whether something is kept up to where the cursor is: then not all of it may be there.
  fileprivate func endsAtCursor(of screen: Screen, in rows: [ScreenRow]) -> Bool {
    guard !captures.isEmpty, let last = parts.last, last.bytes.upperBound == rows[last.row].bytes.count else {
      return false
    }
    return screen.cursor == (last.row + 1, rows[last.row].usedCells + 1)
  }
}

extension Style {
  /// How one of the cells looks that is not in this style; nil when all are.
  fileprivate func difference(_ cells: [VTermScreenCell]) -> String? {
    guard let other = cells.first(where: { !describes($0) }) else { return nil }
    let seen = Style.of(other)
    return seen.isEmpty ? "plain" : seen.joined(separator: " ")
  }
}
