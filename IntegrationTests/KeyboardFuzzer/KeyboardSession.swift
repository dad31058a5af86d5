import Glibc

@testable import Harness

/// A failure of a case.
struct KeyboardFinding: Error, Equatable {
  enum Kind: String { case died, silent, erased, altered, stuck }
  let kind: Kind
  let text: String
}

/// Plays one case with a program at a keyboard and its peer on pipes, and holds that the program lives, that the
/// peer's lines are shown and stay, and that what is sent is what the line held at Enter.
final class KeyboardSession {
  /// How long a line of the peer may take to be shown. An idle machine needs a hundredth of it; what counts is that
  /// it comes.
  private let limit: Duration
  private let pump = Pump()
  private let host: Program
  private let guest: KeyboardProgram
  private let timeline = Timeline()
  private var size: TerminalSize
  /// Markers that were shown and must still be there.
  private var shown: [String] = []
  private var clearsSeen = 0
  /// The content of the line before the last Enter; nil when that cannot be told.
  private var held: String?
  private var linesAtEnter = 0
  /// How many lines were sent and compared with what was held.
  private(set) var compared = 0

  /// The prompt before the line, on a link that is not encrypted.
  private static let prompt = "(plain) tester>"

  static func marker(_ number: Int) -> String { "mark\(number)." }

  init(_ played: KeyboardCase, root: String, binary: String, limit: Duration) throws {
    self.limit = limit
    let stage = try Stage(root: root, programs: ["tincan": binary])
    try FileTree.write(Array((played.inputrc.joined(separator: "\n") + "\n").utf8), to: "\(stage.home)/.inputrc")
    var environment = stage.environment
    // For a binary that was built with a sanitizer, and for another readline.
    for name in ["ASAN_OPTIONS", "LD_LIBRARY_PATH", "LSAN_OPTIONS"] {
      environment[name] = getenv(name).map { String(cString: $0) }
    }
    let portFile = "\(root)/port"
    host = try Program(
      name: "host",
      launch: Self.launch(
        binary, ["serve", "--plain", "--port", "0", "--port-file", portFile, "--listen", "127.0.0.1"], environment,
        stage, nil),
      timeline: timeline, timeoutFactor: 1)
    pump.add(host)
    let began = ContinuousClock.now
    var port = ""
    while port.isEmpty {
      guard host.isRunning, ContinuousClock.now < began + .seconds(60) else { throw SystemFailure("no host") }
      pump.turn(until: .now + .milliseconds(5))
      port = FileTree.read(portFile).map { String(decoding: $0, as: UTF8.self).filter(\.isNumber) } ?? ""
    }
    environment.merge(played.environment) { $1 }
    size = TerminalSize(columns: played.columns, rows: played.rows)
    guest = try KeyboardProgram(
      Self.launch(binary, ["connect", "--plain", "localhost:\(port)"], environment, stage, size), size: size)
    pump.add(guest)
  }

  private static func launch(
    _ binary: String, _ arguments: [String], _ environment: [String: String], _ stage: Stage, _ size: TerminalSize?
  ) -> Launch {
    let plan = size == nil ? StreamPlan.pipe : .terminal
    return Launch(
      executable: binary, words: ([binary] + arguments).map { Array($0.utf8) },
      environment: environment.mapValues { Array($0.utf8) }, directory: stage.directory, terminal: size, input: plan,
      output: plan, errors: plan)
  }

  /// Ends both programs by force.
  func end() {
    guest.end()
    _ = host.signal(SIGKILL)
    while host.isRunning { pump.turn(until: .now + .milliseconds(50)) }
  }

  // MARK: Playing

  func play(_ actions: [KeyboardAction]) throws {
    guard try wait(for: { self.contains("tester>") }) else {
      throw KeyboardFinding(kind: .silent, text: "no prompt")
    }
    for (number, action) in actions.enumerated() {
      guard guest.ending == nil, host.isRunning else { break }
      try perform(action, number)
    }
    try leave()
  }

  private func perform(_ action: KeyboardAction, _ number: Int) throws {
    switch action {
    case .type(let bytes): guest.terminal.type(bytes)
    case .enter:
      held = try settledDraft()
      linesAtEnter = lines.count
      guest.terminal.type([0x0D])
    case .resize(let columns, let rows):
      size = TerminalSize(columns: columns, rows: rows)
      // The terminal loses what a narrow window cuts off.
      if columns < 30 { shown = [] }
      guest.terminal.resize(to: size)
    case .pause:
      guest.signal(SIGSTOP)
      let began = ContinuousClock.now
      while guest.ending == nil, !guest.noticeEnd(), ContinuousClock.now < began + limit {
        pump.turn(until: .now + .milliseconds(1))
      }
      guest.signal(SIGCONT)
    case .signal(let signal): guest.signal(signal)
    case .receive(let text): host.input?.send(Array("\(text)\n".utf8))
    case .check: try check(number)
    }
    pump.turn(until: .now)
  }

  /// Waits until condition, false when it does not come true. An end of the program is judged at once.
  private func wait(for condition: () -> Bool) throws -> Bool {
    let end = ContinuousClock.now + limit
    while true {
      try judgeEnding()
      if condition() || guest.ending != nil || !host.isRunning { return true }
      if ContinuousClock.now >= end { return false }
      pump.turn(until: min(end, .now + .milliseconds(20)))
    }
  }

  private func judgeEnding() throws {
    switch guest.ending {
    case .signalled(let signal) where ![SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(signal):
      throw KeyboardFinding(kind: .died, text: "ended by \(Signal.name(signal))\n\(lastWords)")
    case .exited(let status) where ![0, 69, 75].contains(status):
      throw KeyboardFinding(kind: .died, text: "exited \(status)\n\(lastWords)")
    default: break
    }
  }

  private var lastWords: String { String(decoding: guest.written.suffix(4000), as: UTF8.self) }

  // MARK: What must hold

  private func check(_ number: Int) throws {
    // In a window too small for a marker nobody could see it.
    if size.columns < 30 || size.rows < 4 { try perform(.resize(columns: 80, rows: 24), number) }
    let marker = Self.marker(number)
    host.input?.send(Array("\(marker)\n".utf8))
    guard try wait(for: { self.contains(marker) }) else {
      throw KeyboardFinding(kind: .silent, text: "\(marker) is not shown:\n\(screen.joined(separator: "\n"))")
    }
    guard guest.ending == nil, host.isRunning else { return }
    shown.append(marker)
    try compareSent()
    try lookForErased()
  }

  private func compareSent() throws {
    guard let held else { return }
    self.held = nil
    let sent = lines.dropFirst(linesAtEnter).filter { !$0.hasPrefix("* ") }
    guard sent.count == 1, let line = sent.first else { return }
    compared += 1
    if Self.plain(line) != Self.plain(held) {
      throw KeyboardFinding(kind: .altered, text: "held \"\(held)\"\nsent \"\(line)\"")
    }
  }

  /// The part of a line that is the same on every screen.
  private static func plain(_ text: String) -> String {
    let ascii = String(text.unicodeScalars.filter { (0x21..<0x7F).contains($0.value) || $0 == " " || $0 == "\t" })
    return ascii.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }

  private func lookForErased() throws {
    // A person who clears the screen wants nothing of it any more.
    let clears = guest.written.count(of: "\u{1B}[2J") + guest.written.count(of: "\u{1B}[3J")
    if clears != clearsSeen {
      clearsSeen = clears
      shown = []
    }
    // Rows that scrolled off long ago are not remembered, and are searched only when it is not found among the last.
    if guest.terminal.screen.scrolledOffCount > Screen.rememberedRows { shown = [] }
    let expected = Array(shown.suffix(30))
    guard firstMissing(expected, in: screen) != nil, let marker = firstMissing(expected, in: rows(.max)) else { return }
    throw KeyboardFinding(kind: .erased, text: "\(marker) is gone or out of order:\n\(screen.joined(separator: "\n"))")
  }

  /// The first of the texts that does not stand in the rows behind those before it.
  private func firstMissing(_ texts: [String], in rows: [String]) -> String? {
    var from = 0
    for text in texts {
      guard let row = rows[from...].firstIndex(where: { $0.contains(text) }) else { return text }
      from = row
    }
    return nil
  }

  /// The line being typed, once it has stayed the same for a while: keys reach a program by a kernel thread, and can
  /// come later than what the peer sent after them.
  private func settledDraft() throws -> String? {
    for _ in 0..<3 {
      let before = draft
      let end = ContinuousClock.now + .milliseconds(30)
      while ContinuousClock.now < end { pump.turn(until: end) }
      try judgeEnding()
      if guest.ending != nil || draft != before { return nil }
    }
    return draft
  }

  /// The line being typed, where it stands in one row behind the usual prompt, and nothing in it is shown as what it
  /// is not.
  private var draft: String? {
    let rows = guest.terminal.screen.lines().map { String(decoding: $0, as: UTF8.self) }
    let row = guest.terminal.screen.cursor.row - 1
    guard rows.indices.contains(row), rows[row].hasPrefix(Self.prompt) else { return nil }
    let below = rows[(row + 1)...]
    let text = rows[row].dropFirst(Self.prompt.count)
    guard below.allSatisfy(\.isEmpty), rows[row].unicodeScalars.count < size.columns / 2, !text.contains("^"),
      text.hasPrefix(" "), !text.hasPrefix(" /"), !text.hasPrefix("  "), !text.hasPrefix(" [")
    else { return nil }
    return String(text)
  }

  private var lines: [String] {
    (host.output?.transcript.text ?? "").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
      String.init)
  }

  /// The last rows that scrolled off, and the screen.
  private var screen: [String] { rows(300) }

  private func rows(_ scrolledOff: Int) -> [String] {
    (guest.terminal.screen.scrolledOff.suffix(scrolledOff) + guest.terminal.screen.lines()).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Whether a text was written to the terminal. It may have been cleared away since, as the person wished.
  private func contains(_ text: String) -> Bool { guest.written.suffix(1 << 16).count(of: text) > 0 }

  private func leave() throws {
    guard guest.ending == nil else { return try judgeEnding() }
    guest.signal(SIGTERM)
    guard try wait(for: { false }) else {
      throw KeyboardFinding(kind: .stuck, text: "SIGTERM does not end it")
    }
  }
}

extension Collection<UInt8> {
  /// How often a text stands in the bytes.
  fileprivate func count(of text: String) -> Int {
    let wanted = Array(text.utf8)
    var found = 0
    var rest = self[...]
    while let start = rest.firstIndex(of: wanted[0]) {
      if rest[start...].starts(with: wanted) { found += 1 }
      rest = rest[rest.index(after: start)...]
    }
    return found
  }
}
