/// The report of a scenario that failed: everything needed to see why, and nothing else.
struct FailureReport {
  let player: Player
  /// The sentence that failed; none when everything went well until the census.
  let sentence: Sentence?
  let failure: Failure?
  let leaks: [String]

  func text() -> String {
    var parts = [headline()]
    parts += player.programs.map(program)
    parts += player.links.map(link)
    parts.append(timeline())
    parts.append(player.kernelAtStart.report())
    return parts.joined(separator: "\n")
  }

  // MARK: What went wrong

  private func headline() -> String {
    let scenario = player.scenario
    guard let failure else {
      return (["\(scenario.file): the steps went well, and something was left behind:"] + leaks.map { "  - \($0)" })
        .joined(separator: "\n") + "\n"
    }
    let place = sentence.map { "\(scenario.file):\($0.place.line): \($0.text)" } ?? scenario.file
    return """
      \(place)
        expected  \(Self.indented(failure.expected, by: 12))
        but       \(Self.indented(failure.actual, by: 12))

      """
  }

  private static func indented(_ text: String, by count: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\n" + String(repeating: " ", count: count))
  }

  // MARK: How each program stands

  private func program(_ program: Program) -> String {
    var lines = ["  \(program.name): \(Self.command(program.launch)) (\(program.condition))"]
    if let terminal = program.terminal { lines += screen(terminal) }
    if let output = program.output { lines += stream("standard output", output.transcript) }
    if let errors = program.errors { lines += stream("standard error", errors.transcript) }
    lines += waiting(program).map { "    \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The bytes sent to it or by it that have not arrived.
  private func waiting(_ program: Program) -> [String] {
    var facts: [String] = []
    let unread = program.input?.unreadBytes ?? 0
    if program.isRunning, unread > 0 { facts.append("\(Words.count(unread, "byte")) of its input not read so far") }
    if program.isRunning, program.isHeld { facts.append("its output is held") }
    return facts + (program.isRunning ? ProcessTable.sockets(program.pid).compactMap(\.troubles) : [])
  }

  private static func command(_ launch: Launch) -> String {
    launch.words.map { word in
      let shown = Words.escaped(word)
      let isPlain = word.elementsEqual(shown.utf8) && shown.allSatisfy { !$0.isWhitespace && !"\"'|;&".contains($0) }
      return isPlain && !word.isEmpty ? shown : Words.quoted(word)
    }.joined(separator: " ")
  }

  /// The screen in a box; empty rows at its end are only counted.
  private func screen(_ terminal: Terminal) -> [String] {
    let screen = terminal.screen
    let rows = screen.rows()
    let shown = (rows.lastIndex { !$0.bytes.isEmpty } ?? -1) + 1
    let edge = String(repeating: "─", count: screen.size.columns)
    var lines = ["    ┌\(edge)┐"]
    lines += rows.prefix(shown).map { "    │\($0.padded(to: screen.size.columns))│" }
    lines.append("    └\(edge)┘")
    let (row, column) = screen.cursor
    var facts = ["\(screen.size.columns)x\(screen.size.rows)", "cursor at row \(row) column \(column)"]
    if shown == 0 {
      facts.append("nothing on it")
    } else if shown < rows.count {
      facts.append("\(Words.count(rows.count - shown, "empty row")) below")
    }
    if screen.scrolledOffCount > 0 { facts.append("\(Words.count(screen.scrolledOffCount, "row")) scrolled off") }
    if !screen.cursorIsVisible { facts.append("cursor hidden") }
    if screen.isAlternate { facts.append("alternate screen") }
    lines.append("    \(facts.joined(separator: ", "))")
    return lines
  }

  private static let lastLines = 12

  private func stream(_ name: String, _ transcript: Transcript) -> [String] {
    if transcript.totalBytes == 0 { return ["    \(name): nothing"] }
    let endsCleanly = transcript.bytes.last == 0x0A
    var lines = transcript.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if endsCleanly { lines.removeLast() }
    let last = lines.suffix(Self.lastLines)
    let all = transcript.droppedBytes == 0 && last.count == lines.count
    let head = all ? name : "\(name), its last lines of \(transcript.totalBytes) bytes"
    return ["    \(head):"] + last.map { "      | \(Words.line($0))" }
      + (endsCleanly ? [] : ["      (no newline at the end)"])
  }

  private func link(_ link: FaultyLink) -> String {
    let faults = link.faultsInWords.map { "; it \($0)" }.joined()
    let place = "\(link.path ?? "port \(link.port)")\(faults)"
    if link.connections.isEmpty { return "  \(link.name): link on \(place), no connection so far\n" }
    return
      (["  \(link.name): link on \(place)"]
      + link.connections.suffix(Self.lastLines).map { "    connection \($0.number): \($0.summary)" })
      .joined(separator: "\n") + "\n"
  }

  // MARK: How it came to that

  private func timeline() -> String {
    let (beginning, dropped, end) = player.timeline.kept
    var lines = ["  what happened, with the seconds since the beginning:"]
    lines += beginning.map(line)
    if dropped > 0 { lines.append("    … \(dropped) entries left out …") }
    lines += end.map(line)
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ entry: Timeline.Entry) -> String {
    let time = Words.seconds(entry.time)
    let start = "    " + String(repeating: " ", count: max(0, 8 - time.count)) + time
    switch entry.event {
    case .step(let line, let text): return "\(start)  line \(line): \(text)"
    case .note(let text): return "\(start)    \(entry.who) \(text)"
    case .sent(let bytes, let total):
      return "\(start)    \(entry.who) ← \(Words.quoted(bytes))\(Words.cut(total, bytes.count))"
    case .seen(let bytes, let place, let total):
      let arrow = place == .errors ? "→ (stderr)" : "→"
      return "\(start)    \(entry.who) \(arrow) \(Words.quoted(bytes))\(Words.cut(total, bytes.count))"
    }
  }
}

extension ScreenRow {
  /// The text filled up with blanks to a width in cells.
  fileprivate func padded(to columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - usedCells))
  }
}
