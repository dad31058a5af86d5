import CHarness
import Glibc

/// How a process ended.
enum Ending: Equatable, CustomStringConvertible {
  case exited(Int32)
  case signalled(Int32)
  /// Somebody else has waited for it.
  case lost

  var description: String {
    switch self {
    case .exited(let status): "exited \(status)"
    case .signalled(let number): "ended by \(Signal.name(number))"
    case .lost: "ended in a way that nobody can tell"
    }
  }

  /// The words after a name: `guest was ended by SIGKILL`.
  var clause: String {
    if case .signalled = self { "was \(self)" } else { description }
  }
}

/// A program the scenario started: one process with its terminal and pipes.
///
/// Its life: running (or stopped) until its process descriptor reports the end, then ended. Its streams have lives
/// of their own, since what it wrote is still on the way when it ends, and a child of it may hold them open: it is
/// `isDrained` when nothing more can come of it.
final class Program: Participant {
  /// How long after the end its output may be held open by somebody else before that is taken for all there is.
  private static let drainAllowance = Duration.milliseconds(300)

  let name: String
  let launch: Launch
  let pid: pid_t
  let started = ContinuousClock.now
  let terminal: Terminal?
  let input: InputPipe?
  let output: OutputPipe?
  let errors: OutputPipe?
  private var descriptor: Descriptor?
  private(set) var ending: Ending?
  private(set) var endedAt: Instant?
  private(set) var isStopped = false
  /// When something of it was read last.
  var lastWrote: Instant? { [terminal?.lastRead, output?.lastRead, errors?.lastRead].compactMap { $0 }.max() }
  /// Whether a step of the scenario said how it ends; an end nobody expected fails the scenario.
  var endIsAccountedFor = false
  /// Its descriptors when the scenario had them noted.
  var notedDescriptors: [String]?
  private let timeline: Timeline
  private let drainAllowance: Duration

  /// Starts the program. `timeoutFactor` multiplies what it is allowed beyond its end.
  init(name: String, launch: Launch, timeline: Timeline, timeoutFactor: Double) throws {
    drainAllowance = Self.drainAllowance * timeoutFactor
    self.name = name
    self.launch = launch
    self.timeline = timeline
    var streams = LaunchedStreams()
    pid = try launch.start(into: &streams)
    let process = harness_pidfd(pid)
    guard process >= 0 else { throw SystemFailure("cannot watch the process of \(name)") }
    descriptor = Descriptor(owning: process)
    if let size = launch.terminal, let master = streams.master.take() {
      terminal = Terminal(master, device: streams.device.take(), size: size, title: launch.title) { [timeline] in
        timeline.saw($0, from: name, on: .screen)
      }
    } else {
      terminal = nil
    }
    if let pipe = streams.input.take() { input = InputPipe(pipe) } else { input = nil }
    if let pipe = streams.output.take() {
      output = OutputPipe(pipe) { [timeline] in timeline.saw($0, from: name, on: .output) }
    } else {
      output = nil
    }
    if let pipe = streams.errors.take() {
      errors = OutputPipe(pipe) { [timeline] in timeline.saw($0, from: name, on: .errors) }
    } else {
      errors = nil
    }
  }

  private var participants: [any Participant] {
    ([terminal, input, output, errors] as [(any Participant)?]).compactMap { $0 }
  }

  // MARK: Commands

  /// Sends a signal; false when the process is gone.
  func signal(_ number: Int32) -> Bool {
    ending == nil && kill(pid, number) == 0
  }

  // MARK: Queries

  var isRunning: Bool { ending == nil }

  /// Whether what it writes is not read for now.
  var isHeld: Bool { terminal?.isHeld ?? output?.isHeld ?? false }

  /// Whether it has ended and everything it wrote has been read.
  func isDrained(at now: Instant) -> Bool {
    guard let endedAt else { return false }
    return streamsAreAtEnd || now >= endedAt + drainAllowance
  }

  private var streamsAreAtEnd: Bool {
    terminal?.isAtEnd ?? true && output?.isAtEnd ?? true && errors?.isAtEnd ?? true
  }

  /// Its present condition, for a report.
  var condition: String {
    if let ending { return ending.description }
    return isStopped ? "stopped" : "still running"
  }

  /// The same after a name: `guest is still running`.
  var clause: String { ending?.clause ?? "is \(condition)" }

  // MARK: The loop

  func interests(now: Instant) -> [Interest] {
    var interests = participants.flatMap { $0.interests(now: now) }
    if let number = descriptor?.number {
      interests.append(Interest(descriptor: number, events: Int16(POLLIN)) { [self] _ in noticeChange() })
    }
    return interests
  }

  /// While the end of a stream is awaited there is a moment when it is given up.
  var nextMoment: Instant? {
    guard let endedAt, !streamsAreAtEnd else { return nil }
    let moment = endedAt + drainAllowance
    return moment > ContinuousClock.now ? moment : nil
  }

  /// Takes note of an end or a stop. A stop is not announced by the descriptor: whoever waits for one asks.
  func noticeChange() {
    var change = harness_change()
    guard ending == nil else { return }
    let news = harness_wait(pid, &change)
    if news == 0 { return }
    if news == 1 && change.stopped {
      isStopped = true
      return
    }
    let ending: Ending = news < 0 ? .lost : change.exited ? .exited(change.value) : .signalled(change.value)
    self.ending = ending
    endedAt = .now
    isStopped = false
    descriptor = nil
    // Nobody is left to feel the pressure, and what was written must be seen, before the end is.
    output?.isHeld = false
    errors?.isHeld = false
    terminal?.isHeld = false
    terminal?.letGo()
    output?.drain()
    errors?.drain()
    terminal?.drain()
    timeline.note(ending.clause, about: name)
  }

  /// Takes note that it was told to go on.
  func noticeContinued() {
    isStopped = false
  }
}
