import CHarness
import Glibc

/// Plays one scenario: does what its sentences say, one after the other, and waits where they wait.
///
/// One player plays one scenario, on one thread, in a process of its own: what its programs leave behind becomes
/// this process's children, and nobody else's.
final class Player {
  /// How often something is looked at that changes without notice.
  static let pollInterval = Duration.milliseconds(5)

  let scenario: Scenario
  let stage: Stage
  let timeline = Timeline()
  let pump = Pump()
  /// The factor of all allowances.
  let timeoutFactor: Double
  /// Every program that was started, in order; a name appears again when it was started again.
  private(set) var programs: [Program] = []
  private(set) var links: [FaultyLink] = []
  var requests: [String: RunRequest] = [:]
  var ports: [String: ReservedPort] = [:]
  /// The texts that sentences found and kept, by name.
  var kept: [String: [UInt8]] = [:]
  let zombies = ZombieWatch()
  /// Every path of the scenario's own that a sentence meant, with its holes filled in.
  private(set) var meantPaths: Set<String> = []
  /// The counts of the kernel when the scenario began.
  let kernelAtStart = KernelFacts()
  private let deadline: Instant
  private var interruption: Interruption?

  init(_ scenario: Scenario, on stage: Stage, timeoutFactor: Double) {
    self.scenario = scenario
    self.stage = stage
    self.timeoutFactor = timeoutFactor
    deadline = .now + scenario.settings.deadline * timeoutFactor
    pump.add(zombies)
  }

  /// Has a request to stop fail the step that waits, so that everything is cleaned up.
  func heedInterruptions() {
    interruption = Interruption(watchesInput: true)
    if let interruption { pump.add(interruption) }
  }

  // MARK: Sentences

  func perform(_ sentence: Sentence) throws {
    timeline.step(line: sentence.place.line, sentence.text)
    try perform(sentence, whilst: [])
  }

  private func perform(_ sentence: Sentence, whilst invariants: [Invariant]) throws {
    switch sentence.meaning {
    case .setting: break
    case .act(let act):
      noteAction()
      try act(self)
    case .wait(let condition):
      try wait(for: condition(self), within: sentence.within, whilst: invariants)
    case .always(let invariant):
      let invariant = try invariant(self)
      if let inner = sentence.whilst.first {
        try perform(inner, whilst: [invariant])
      } else {
        // Output that is there already counts.
        pump.turn(until: .now)
      }
      try check(invariant)
    }
  }

  /// Serves everything until the condition is met.
  func wait(for condition: Condition, within limit: Duration? = nil, whilst invariants: [Invariant] = []) throws {
    let limit = limit ?? scenario.settings.stepDeadline
    let stepDeadline = ContinuousClock.now + limit * timeoutFactor
    while true {
      try invariants.forEach(check)
      var hint = ""
      switch condition.check() {
      case .met: return
      case .never(let reason):
        throw Failure(expected: condition.expected, actual: reason + Self.clause(condition.explain()))
      case .notYet(let reason): hint = Self.clause(reason)
      }
      if let reason = interruption?.reason {
        throw Failure(expected: condition.expected, actual: "\(reason)\(hint)", concernsPrograms: false)
      }
      let now = ContinuousClock.now
      if now >= stepDeadline {
        let passed = "\(Words.duration(limit * timeoutFactor)) passed without it"
        throw Failure(
          expected: condition.expected, actual: passed + (hint.isEmpty ? Self.clause(condition.explain()) : hint))
      }
      if now >= deadline {
        let total = Words.duration(scenario.settings.deadline * timeoutFactor)
        throw Failure(expected: condition.expected, actual: "the whole scenario has taken its \(total)\(hint)")
      }
      let limit = min(stepDeadline, deadline)
      pump.turn(until: condition.changesSilently ? min(limit, now + Self.pollInterval) : limit)
    }
  }

  private static func clause(_ text: String) -> String { text.isEmpty ? "" : "; \(text)" }

  /// Anything that terminals draw from now on may be an answer to what the scenario does.
  func noteAction() {
    for program in programs { program.terminal?.screen.noteAction() }
  }

  private func check(_ invariant: Invariant) throws {
    if let violation = invariant.violation() { throw Failure(expected: invariant.expected, actual: violation) }
  }

  // MARK: Names

  /// The whole path of a file that a sentence means; the census allows it to be there.
  func path(_ file: String) -> String {
    let path = stage.path(file)
    meantPaths.insert(path)
    return path
  }

  /// The program of that name which was started last.
  func program(_ name: String) throws -> Program {
    guard let program = programs.last(where: { $0.name == name }) else {
      throw Failure(expected: "a program called \(name)", actual: "it was never started")
    }
    return program
  }

  func add(_ program: Program) {
    programs.append(program)
    pump.add(program)
    zombies.add(program)
  }

  func link(_ name: String) throws -> FaultyLink {
    guard let link = links.first(where: { $0.name == name }) else {
      throw Failure(expected: "a link called \(name)", actual: "there is none")
    }
    return link
  }

  func add(_ link: FaultyLink) {
    links.append(link)
    pump.add(link)
  }
}
