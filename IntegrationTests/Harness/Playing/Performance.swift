import CHarness
import Glibc

/// How a scenario ended.
public enum Outcome: Sendable {
  case passed
  /// It failed, as it says it would, for the reason it gives.
  case failedAsKnown(reason: String)
  /// A program it needs is missing.
  case skipped(reason: String)
  /// The report.
  case failed(String)
}

/// One playing of a scenario from beginning to end.
public struct Performance {
  /// The programs under test, by the names scenarios call them; others are looked for on PATH.
  public var programs: [String: String] = [:]
  /// The factor of all allowances.
  public var timeoutFactor = 1.0
  /// Whether terminals' recordings are written when it went well, too.
  public var keepsRecordings = false
  /// The scenario's own directory. The program that named it removes it.
  public let root: String

  /// Files go into `root`.
  public init(root: String) {
    self.root = root
  }

  /// Makes this process fit for it: call once, first thing. Orphans come to it, and a closed pipe is no death.
  public static func prepareProcess() {
    harness_adopt_orphans()
    harness_no_core_files()
    signal(SIGPIPE, SIG_IGN)
    // If this is ignored, as it may be by the program that started this one, children leave nothing to wait for.
    signal(SIGCHLD, SIG_DFL)
  }

  /// Plays a scenario. Throws when it could not even begin. Afterwards this process can write nowhere but in `root`.
  public func play(_ scenario: Scenario) throws -> Outcome {
    try FileTree.makeDirectory(root)
    let stage = try Stage(root: root, programs: programs)
    for needed in scenario.needs
    where FileTree.program(needed, searchPath: stage.searchPath, directory: stage.directory) == nil {
      return .skipped(reason: "there is no \(needed) here")
    }
    Confinement.confine(to: root)
    let player = Player(scenario, on: stage, timeoutFactor: timeoutFactor)
    player.heedInterruptions()
    var problem = perform(scenario, player)
    player.clear()
    if let known = scenario.settings.knownToFail {
      if let problem, problem.concernsPrograms { return .failedAsKnown(reason: known) }
      let wentWell = "\(scenario.file): it is said to be known to fail (\(known)), and went well: take that line out\n"
      if problem == nil { problem = Problem(report: wentWell) }
    }
    let recordings = keepsRecordings || problem != nil ? keepRecordings(of: player) : []
    guard let problem else { return .passed }
    let text = "\(problem.report)\n  kept: \(root)\n" + recordings.map { "        \($0)\n" }.joined()
    try? FileTree.write(Array(text.utf8), to: "\(root)/report.txt")
    return .failed(text)
  }

  private struct Problem {
    let report: String
    var concernsPrograms = true
  }

  /// Plays all sentences and takes the census. Says what is wrong, if something is.
  private func perform(_ scenario: Scenario, _ player: Player) -> Problem? {
    for sentence in scenario.sentences {
      do {
        try player.perform(sentence)
      } catch {
        let failure = error as? Failure ?? Failure(expected: "the step to be possible", actual: "\(error)")
        // Output that is on its way belongs into the report.
        player.pump.turn(until: .now)
        let report = FailureReport(player: player, sentence: sentence, failure: failure, leaks: []).text()
        return Problem(report: report, concernsPrograms: failure.concernsPrograms)
      }
    }
    let leaks = player.census()
    if leaks.isEmpty { return nil }
    return Problem(report: FailureReport(player: player, sentence: nil, failure: nil, leaks: leaks).text())
  }

  /// A recording for each terminal. Gives their paths.
  private func keepRecordings(of player: Player) -> [String] {
    var times: [String: Int] = [:]
    return player.programs.compactMap { program in
      times[program.name, default: 0] += 1
      guard let terminal = program.terminal else { return nil }
      let again = times[program.name]! > 1 ? "-\(times[program.name]!)" : ""
      let path = "\(player.stage.root)/\(program.name)\(again).cast"
      try? FileTree.write(Array(terminal.recording.asciicast().utf8), to: path)
      return path
    }
  }
}
