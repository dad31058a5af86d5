import CHarness
import Glibc

/// Plays many scenarios, several at a time, each in a process of its own: so what one leaves behind is its own, and
/// one that goes wrong altogether takes nothing with it.
public struct Suite {
  /// How long beyond its own deadline a scenario's process may take to clean up and report.
  static let reportAllowance = Duration.seconds(30)

  /// The program that plays one scenario: `scenario --alone`.
  public var runner = ScenarioFiles.runner
  /// The programs under test, by the names scenarios call them.
  public var programs = ScenarioFiles.testedProgram.map { ["tincan": $0] } ?? [:]
  /// How many play at the same time.
  public var jobs = 1
  /// The factor of all allowances.
  public var timeoutFactor = 1.0
  /// Whether files and recordings are kept in any case.
  public var keepsFiles = false
  /// Below which directory the scenarios get theirs.
  public var directory = Suite.defaultDirectory
  /// For a process that does nothing else. When a signal asks it to stop, `run` ends early, with the results so far.
  public var supervision: Supervision?

  /// Short, since paths of Unix-domain sockets below it must not exceed 107 bytes.
  public static var defaultDirectory: String {
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(temporary)/scenarios-\(getuid())"
  }

  /// A suite with everything as usual.
  public init() {}

  /// Plays the scenarios and gives the results in the order they come; tells each to `report` at once, and what is
  /// playing to `progress`.
  public func run(
    _ scenarios: [Scenario], progress: ([String]) -> Void = { _ in }, report: (ScenarioResult) -> Void = { _ in }
  ) -> [ScenarioResult] {
    // A runner that is gone must not take this process with it.
    signal(SIGPIPE, SIG_IGN)
    // If this is ignored, as it may be by the program that started this one, children leave nothing to wait for.
    signal(SIGCHLD, SIG_DFL)
    let pump = Pump()
    if let supervision { pump.add(supervision.interruption) }
    var waiting = scenarios[...]
    var playing: [Playing] = []
    var results: [ScenarioResult] = []
    var isStopping = false
    while !waiting.isEmpty || !playing.isEmpty {
      while playing.count < jobs, let scenario = waiting.popFirst() {
        do {
          let started = try start(scenario)
          pump.add(started.program)
          playing.append(started)
        } catch {
          let result = ScenarioResult(
            file: scenario.file, name: scenario.name, status: .couldNotRun, duration: .zero, text: "\(error)\n")
          results.append(result)
          report(result)
        }
        progress(playing.map(\.scenario.name))
      }
      if let next = playing.map(\.deadline).min() { pump.turn(until: next) }
      let now = ContinuousClock.now
      if supervision?.signal != nil, !isStopping {
        isStopping = true
        waiting = []
        for index in playing.indices {
          _ = playing[index].program.signal(SIGTERM)
          playing[index].deadline = now + Self.reportAllowance
        }
      }
      for overdue in playing where now >= overdue.deadline { _ = overdue.program.signal(SIGKILL) }
      for ended in playing where ended.program.isDrained(at: now) {
        pump.remove(ended.program)
        supervision?.endOrphans(known: playing.map(\.program.pid))
        let result = ended.result()
        // Here and not in the process that played it, which may be gone before its time.
        if !keepsFiles && (isStopping || !ended.leavesSomethingToSee(result)) { FileTree.remove(ended.root) }
        if isStopping { continue }
        results.append(result)
        report(result)
      }
      playing.removeAll { $0.program.isDrained(at: now) }
    }
    return results
  }

  /// Throws when a program under test is named and cannot be run: another one would be tested without a word.
  public func checkPrograms() throws {
    for path in programs.values.sorted() where !FileTree.isProgram(path) {
      throw SystemFailure("cannot run the program under test, \(path)")
    }
  }

  private func start(_ scenario: Scenario) throws -> Playing {
    try checkPrograms()
    try FileTree.makeDirectory(directory)
    let directory = ScenarioFiles.absolute(directory)
    let root = try FileTree.makeUniqueDirectory("\(directory)/\(scenario.name)")
    var words = [runner, "--alone", scenario.file, "--timeout-factor", "\(timeoutFactor)", "--directory", root]
    for (name, path) in programs.sorted(by: { $0.key < $1.key }) { words += ["--program", "\(name)=\(path)"] }
    if keepsFiles { words.append("--keep") }
    // The environment of this process, so that PATH and the like reach the player, who gives programs their own.
    var environment: [String: [UInt8]] = [:]
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
      environment[name] = getenv(name).map { Array(String(cString: $0).utf8) }
    }
    let launch = Launch(
      executable: runner, words: words.map { Array($0.utf8) }, environment: environment, directory: ".", terminal: nil,
      input: .pipe, output: .pipe, errors: .pipe)
    let program = try Program(name: scenario.name, launch: launch, timeline: Timeline(), timeoutFactor: timeoutFactor)
    let allowance = scenario.settings.deadline * timeoutFactor + Self.reportAllowance
    return Playing(scenario: scenario, root: root, program: program, deadline: .now + allowance)
  }
}

/// A scenario that is being played.
private struct Playing {
  let scenario: Scenario
  let root: String
  let program: Program
  var deadline: Instant

  /// Whether what is in its directory helps to see what went wrong.
  func leavesSomethingToSee(_ result: ScenarioResult) -> Bool {
    result.status == .failed || hasDied
  }

  /// Whether its process ended without saying how the scenario went.
  private var hasDied: Bool {
    guard case .exited(let number)? = program.ending else { return true }
    return ScenarioResult.Status(rawValue: number) == nil
  }

  func result() -> ScenarioResult {
    let printed = program.output?.transcript.text ?? ""
    let complaints = program.errors?.transcript.text ?? ""
    let duration = (program.endedAt ?? .now) - program.started
    guard case .exited(let number)? = program.ending, let status = ScenarioResult.Status(rawValue: number) else {
      return ScenarioResult(
        file: scenario.file, name: scenario.name, status: .couldNotRun, duration: duration,
        text: "the process that played it \(program.clause)\n\(printed)\(complaints)\n  kept: \(root)\n")
    }
    return ScenarioResult(
      file: scenario.file, name: scenario.name, status: status, duration: duration, text: printed + complaints)
  }
}
