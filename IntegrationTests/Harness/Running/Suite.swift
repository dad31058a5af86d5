import CHarness
import Glibc

/// Plays many scenarios, several at a time, each in a process of its own: so what one leaves behind is its own, and
/// one that goes wrong altogether takes nothing with it.
public struct Suite {
  /// How long beyond its own deadline a scenario's process may take to clean up and report.
  static let reportAllowance = Duration.seconds(30)

  /// The program that plays one scenario: `scenario --alone`.
  public var runner = ScenarioFiles.runner
  /// The program scenarios call `tincan`.
  public var testedProgram = ScenarioFiles.testedProgram
  /// How many play at the same time.
  public var jobs = 1
  /// What every allowance is multiplied by.
  public var timeoutFactor = 1.0
  /// Whether files and recordings are kept in any case.
  public var keepsFiles = false
  /// Below which directory the scenarios get theirs.
  public var directory = Suite.defaultDirectory

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
    let pump = Pump()
    var waiting = scenarios[...]
    var playing: [Playing] = []
    var results: [ScenarioResult] = []
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
      for overdue in playing where now >= overdue.deadline { _ = overdue.program.signal(SIGKILL) }
      for ended in playing where ended.program.isDrained(at: now) {
        pump.remove(ended.program)
        let result = ended.result()
        // Here and not in the process that played it, which may be gone before its time.
        if result.status != .failed && !keepsFiles { FileTree.remove(ended.root) }
        results.append(result)
        report(result)
      }
      playing.removeAll { $0.program.isDrained(at: now) }
    }
    return results
  }

  private func start(_ scenario: Scenario) throws -> Playing {
    try FileTree.makeDirectory(directory)
    let root = try FileTree.makeUniqueDirectory("\(directory)/\(scenario.name)")
    var words = [runner, "--alone", scenario.file, "--timeout-factor", "\(timeoutFactor)", "--directory", root]
    if let testedProgram { words += ["--tincan", testedProgram] }
    if keepsFiles { words.append("--keep") }
    // What this process was given, so that PATH and the like reach the player, who gives programs their own.
    var environment: [String: String] = [:]
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] { environment[name] = getenv(name).map { String(cString: $0) } }
    let launch = Launch(
      executable: runner, words: words, environment: environment, directory: ".", terminal: nil,
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
  let deadline: Instant

  func result() -> ScenarioResult {
    let printed = program.output?.transcript.text ?? ""
    let complaints = program.errors?.transcript.text ?? ""
    let duration = (program.endedAt ?? .now) - program.started
    guard case .exited(let number)? = program.ending, let status = ScenarioResult.Status(rawValue: number) else {
      return ScenarioResult(
        file: scenario.file, name: scenario.name, status: .couldNotRun, duration: duration,
        text: "the process that played it \(program.condition)\n\(printed)\(complaints)")
    }
    return ScenarioResult(
      file: scenario.file, name: scenario.name, status: status, duration: duration, text: printed + complaints)
  }
}
