import ChatProtocol
import Glibc
import Sockets

/// One end of a conversation: the loop of `serve` and `connect`.
///
/// The loop is thin. A turn has a fixed order of phases:
///
/// ```
///   gather interest ▸ wait ▸ freeze now ▸ deadlines ▸ signals ▸ arrive ▸ read input ▸ read link ▸ write link ▸ show ▸ reap
/// ```
///
/// What may be said, what is owed and when patience ends is ``ConversationLife``'s to decide; how things look is the
/// front's. A handler only marks: whatever is over is let go in the last phase.
@MainActor
public final class Endpoint {
  /// Where the endpoint stands between start and end.
  enum Stage {
    /// On its way to a link, by listening or dialling.
    case arriving
    /// A link is up.
    case talking(Link)
    /// All is said; what was shown is still on its way to the user.
    case flushing
  }

  let settings: Settings
  let signals: SignalSource
  var arrival: Arrival
  private let strangers = Strangers()
  let front: any Front
  let terminal: TerminalFront?
  let input: BatchInput?

  var stage = Stage.arriving
  var polls = PollSet()
  var now = Instant(sinceOrigin: MonotonicClock.now())
  var typed = [UInt8](repeating: 0, count: 4096)
  /// How the program will end, once that is known. The first reason stays.
  var departure: Departure?
  var isOver = false
  /// How long what was shown may take to reach the user once somebody wants out.
  var flushBy: Instant?
  var talkingSince = ""
  var nextProgress: Instant?
  private static let progressEvery = Duration.seconds(5)

  // MARK: Life

  /// Runs an endpoint from start to end.
  /// - Returns: how it ended. The terminal is as it was.
  public static func run(_ settings: Settings) -> Departure {
    do throws(Departure) {
      let endpoint = try Endpoint(settings)
      defer { endpoint.terminal?.stop() }
      let departure = try endpoint.runToEnd()
      return departure
    } catch {
      return error
    }
  }

  /// Lets a signal that made us leave have its default effect, now that everything is put away.
  public static func raise(_ signal: CInt) {
    guard let source = try? SignalSource([signal]) else { return }
    source.raiseDefault(signal)
  }

  private init(_ settings: Settings) throws(Departure) {
    self.settings = settings
    // The input is opened and checked before anything else exists: an unusable one disturbs nobody.
    input = settings.input == .keyboard ? nil : try BatchInput(settings.input)
    do throws(SystemError) {
      signals = try SignalSource([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH])
    } catch {
      throw Departure(.internalFault, "cannot start: \(error.call): \(error)")
    }
    arrival = try Arrival(settings.role, now: now)
    if settings.input == .keyboard {
      StandardStreams.guardTerminal()
      let terminal = TerminalFront(settings)
      self.terminal = terminal
      front = terminal
    } else {
      terminal = nil
      front = settings.json ? try JSONFront() : try BatchFront(verbosity: settings.verbosity)
      for notice in settings.notices { front.tell(.note(notice)) }
    }
    terminal?.waitForKeys { [unowned self] in waitForKey() }
    for happening in arrival.takeHappenings() { front.tell(happening) }
    showStanding()
  }

  private func runToEnd() throws(Departure) -> Departure {
    while !isOver { try turn() }
    return departure ?? Departure(.goodbye)
  }

  // MARK: The turn

  private func turn() throws(Departure) {
    gatherInterest()
    do throws(SystemError) {
      try polls.wait(atMost: nextDeadline.map { $0 - Instant(sinceOrigin: MonotonicClock.now()) })
    } catch {
      throw Departure(.internalFault, "waiting failed: \(error)")
    }
    now = Instant(sinceOrigin: MonotonicClock.now())
    fireDeadlines()
    handleSignals()
    arrive()
    readInput()
    readLink()
    writeLink()
    pumpFront()
    reap()
    showStanding()
  }

  private func gatherInterest() {
    polls.removeAll()
    polls.watch(signals.number, for: .reading)
    if terminal != nil { polls.watch(StandardStreams.inputNumber, for: .reading) }
    // Whoever comes while a conversation that is over is being put away is the next guest: let it wait at the door.
    if !isSettling { arrival.watch(in: &polls) }
    strangers.watch(in: &polls)
    front.watch(in: &polls)
    guard case .talking(let link) = stage else { return }
    link.watch(in: &polls, takesMessages: front.takesMessages)
    if let input, !input.isUsedUp, link.conversation.acceptsText { polls.watch(input.number, for: .reading) }
  }

  private var isSettling: Bool {
    if case .talking(let link) = stage { link.conversation.ending != nil } else { false }
  }

  private var nextDeadline: Instant? {
    var deadlines = [arrival.deadline, strangers.deadline, front.deadline, flushBy]
    if case .talking(let link) = stage { deadlines += [link.conversation.deadline, link.lookAgainAt, nextProgress] }
    return deadlines.compactMap(\.self).min()
  }

  private func fireDeadlines() {
    if let deadline = front.deadline, deadline <= now { front.deadlinePassed() }
    if case .talking(let link) = stage { link.conversation.deadlinePassed(now: now) }
    if let flushBy, flushBy <= now {
      leave(Departure(.inputOutput, "standard output did not take everything in time"))
      isOver = true
    }
    if let due = nextProgress, due <= now, case .talking = stage, let input {
      front.tell(.progress(lines: input.handedOut, of: input.total))
      nextProgress = now + Endpoint.progressEvery
    }
  }

  // MARK: Signals

  private func handleSignals() {
    while let signal = signals.next() {
      switch signal {
      case SIGWINCH: terminal?.windowResized(now: now)
      case SIGCONT: terminal?.resume()
      case SIGTSTP:
        terminal?.suspend()
        signals.raiseDefault(SIGTSTP)
      // The SIGCONT that woke us is among the next signals, and has the line drawn anew.
      case SIGINT:
        if let terminal, departure == nil, !terminal.interrupt() { continue }
        leave(by: signal)
      default: leave(by: signal)
      }
    }
  }

  /// A signal wants us out: gracefully the first time, at once the second.
  func leave(by signal: CInt) {
    if departure?.signal != nil { isOver = true }
    leave(Departure(.goodbye, signal: signal))
    if departure?.signal == nil { departure?.signal = signal }
  }

  // MARK: Arriving

  private func arrive() {
    strangers.step(polls, now: now)
    let outcome = arrival.step(polls, now: now)
    for happening in arrival.takeHappenings() { front.tell(happening) }
    switch consume outcome {
    case .nothing: break
    case .failed(let reason):
      leave(reason)
      front.tell(.failed(reason: reason.sentence ?? "", status: reason.status))
    case .arrived(let socket, let address, let peer):
      guard case .arriving = stage, departure == nil else {
        strangers.turnAway(socket, now: now)
        front.tell(.turnedAway(address: address.description))
        return
      }
      begin(Link(socket, to: address, peer: peer, manner: settings.manner))
    }
  }

  private func begin(_ link: Link) {
    stage = .talking(link)
    talkingSince = WallClock.hoursAndMinutes()
    front.tell(.linkUp(peer: link.peer, address: link.address.description))
    front.tell(.notEncrypted)
    if let input {
      if input.isUsedUp { link.conversation.inputUsedUp(now: now) }
      if StandardStreams.errorIsTerminal || settings.json { nextProgress = now + Endpoint.progressEvery }
    }
  }

  // MARK: Input

  private func readInput() {
    if let terminal {
      readKeyboard(terminal)
    } else if case .talking(let link) = stage, let input {
      readBatch(input, link)
    }
  }

  private func readBatch(_ input: BatchInput, _ link: Link) {
    guard polls.readiness(of: input.number).contains(.readable), link.conversation.isOpenForText else { return }
    do throws(Departure) {
      if let chunk = try input.read() { link.conversation.say(lines: chunk.lines, count: chunk.count) }
      // These come together with the last good lines: after them nothing need become readable any more.
      if let reason = input.unusable { throw reason }
      if input.isUsedUp { link.conversation.inputUsedUp(now: now) }
    } catch {
      leave(error)
    }
  }

  // MARK: Link

  private func readLink() {
    guard case .talking(let link) = stage else { return }
    let hadEnded = link.conversation.peerHasEnded
    defer { if link.conversation.peerHasEnded, !hadEnded { front.tell(.peerEnded(peer: link.peer)) } }
    link.read(polls, now: now) { messages in
      front.show(messages, from: link.peer)
      return front.takesMessages
    }
  }

  private func writeLink() {
    guard case .talking(let link) = stage else { return }
    link.write(now: now)
  }

  private func pumpFront() {
    do throws(Departure) { try front.pump(polls) } catch { leave(error) }
  }

  // MARK: Standing

  private func showStanding() {
    switch stage {
    case .talking(let link):
      front.setStanding(
        link.conversation.isLeaving
          ? .leaving : .together(peer: link.peer, unsent: terminal == nil ? 0 : link.conversation.linesUnsent))
    case .arriving:
      if case .connect = settings.role { front.setStanding(.connecting) } else { front.setStanding(.alone) }
    case .flushing: front.setStanding(.leaving)
    }
  }
}
