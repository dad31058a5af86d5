import Basics
import ChatProtocol
import Glibc
import Sockets

/// One end of a conversation: the loop of `serve` and `connect`.
///
/// The loop is thin. A turn has a fixed order of phases:
///
/// ```
///   gather interest ▸ wait ▸ freeze now ▸ deadlines ▸ signals ▸ read input ▸ read link ▸ write link ▸ part ▸ arrive ▸ show ▸ reap
/// ```
///
/// Parting comes before arriving, because a guest's end and the next guest can be found in one turn, and the next is not
/// to be told that we are busy with the one who left.
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
  let keyboard: InputFile?
  let input: BatchInput?

  var stage = Stage.arriving
  var polls = PollSet()
  var now = Instant(sinceOrigin: MonotonicClock.now())
  var typed = [UInt8](repeating: 0, count: 4096)
  /// How the program will end, once that is known. The first reason stays.
  var departure: Departure?
  var isOver = false
  /// Whether the terminal has ended: it would be readable for ever.
  var keyboardIsGone = false
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
      if settings.json { tellFailure(error) }
      return error
    }
  }

  /// An endpoint that could not even begin tells its program so.
  private static func tellFailure(_ departure: Departure) {
    guard let pipe = try? OutputPipe() else { return }
    pipe.append(Happening.failed(reason: departure.sentence ?? "", status: departure.status).json.utf8)
    try? pipe.pump(PollSet())
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
    do throws(SystemError) { keyboard = settings.input == .keyboard ? try InputFile.standardInput() : nil } catch {
      throw Departure(.noInput, "cannot read standard input: \(error)")
    }
    do throws(SystemError) {
      signals = try SignalSource([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH])
    } catch {
      throw Departure(.internalFault, "cannot start: \(error.call): \(error)")
    }
    arrival = try Arrival(settings.role, now: now)
    if settings.input == .keyboard {
      StandardStreams.guardTerminal()
      let terminal = try TerminalFront(settings)
      self.terminal = terminal
      front = terminal
    } else {
      terminal = nil
      front = settings.json ? try JSONFront() : try BatchFront(verbosity: settings.verbosity)
      for notice in settings.notices { front.tell(.note(notice)) }
    }
    if let keyboard { terminal?.waitForKeys { [unowned self] in waitForKey(keyboard) } }
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
    readInput()
    readLink()
    writeLink()
    part()
    arrive()
    pumpFront()
    reap()
    showStanding()
  }

  private func gatherInterest() {
    polls.removeAll()
    polls.watch(signals.number, for: .reading)
    if let keyboard, !keyboardIsGone, front.takesMessages { polls.watch(keyboard.number, for: .reading) }
    if let number = StandardError.waitsFor { polls.watch(number, for: .writing) }
    // Whoever comes while a conversation that is over is being put away is the next guest: let it wait at the door.
    if !isSettling { arrival.watch(in: &polls) }
    strangers.watch(in: &polls)
    front.watch(in: &polls)
    guard case .talking(let link) = stage else { return }
    link.watch(in: &polls, takesMessages: front.takesMessages)
    if let input, !input.isUsedUp, link.conversation.acceptsText { polls.watch(input.number, for: .reading) }
  }

  private var tellsProgress: Bool { settings.json || StandardStreams.errorIsTerminal }

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
      let lost = front.pendingLines
      let lines = "\(lost) \(lost == 1 ? "line" : "lines")"
      leave(Departure(.inputOutput, "standard output did not take everything in time: \(lines) could not be written"))
      isOver = true
    }
    if let due = nextProgress, due <= now, case .talking = stage, let input {
      front.tell(.progress(lines: input.handedOut, of: input.total))
      nextProgress = nil
    }
  }

  // MARK: Signals

  private func handleSignals() {
    while let signal = signals.next() {
      if terminal != nil, signal == SIGINT || signal == SIGTSTP { StandardStreams.settleAfterKeyboardSignal() }
      switch signal {
      case SIGWINCH: terminal?.windowResized(now: now)
      case SIGCONT: terminal?.resume()
      case SIGTSTP:
        terminal?.suspend()
        signals.raiseDefault(SIGTSTP)
        // Here again, or still: without job control the kernel stops nobody.
        terminal?.resume()
      case SIGINT:
        if let terminal, departure == nil, !terminal.interrupt() { continue }
        leave(by: signal)
      default: leave(by: signal)
      }
    }
  }

  /// A signal wants us out: gracefully the first time, at once the second.
  func leave(by signal: CInt) {
    if departure?.signal != nil {
      // At once, but not without a word about what is lost.
      if case .talking(let link) = stage, link.conversation.linesUnsent > 0 { end(link, .notTaken) }
      isOver = true
    }
    leave(Departure(.goodbye, signal: signal))
    if departure?.signal == nil { departure?.signal = signal }
  }

  // MARK: Arriving

  private func arrive() {
    strangers.step(polls, now: now)
    guard !isSettling else { return }
    let outcome = arrival.step(polls, now: now)
    for happening in arrival.takeHappenings() { front.tell(happening) }
    switch consume outcome {
    case .nothing: break
    case .failed(let reason):
      leave(reason)
      front.tell(.failed(reason: reason.sentence ?? "", status: reason.status))
    case .arrived(let socket, let address, let peer):
      guard case .arriving = stage, departure == nil else {
        // A link we dialled is nobody's to be told that we are busy: it is just let go.
        guard !dials else { return }
        if strangers.turnAway(socket, now: now) { front.tell(.turnedAway(address: address.description)) }
        return
      }
      let conversation = PlainConversation(manner: settings.manner, mayBeTurnedAway: dials)
      begin(Link(socket, to: address, peer: peer, conversation: conversation))
    }
  }

  /// Whether the link comes from us calling somebody: the other side, or a relay.
  private var dials: Bool {
    switch settings.role {
    case .connect: return true
    case .serve(let listening): if case .room = listening.place { return true } else { return false }
    }
  }

  private func begin(_ link: Link) {
    stage = .talking(link)
    talkingSince = WallClock.hoursAndMinutes()
    front.tell(.linkUp(peer: link.peer, address: link.address.description))
    front.tell(.notEncrypted)
    if let input {
      if input.isUsedUp { link.conversation.inputUsedUp(now: now) }
    }
  }

  // MARK: Input

  private func readInput() {
    if let terminal, let keyboard {
      readKeyboard(keyboard, terminal)
    } else if case .talking(let link) = stage, let input {
      readBatch(input, link)
    }
  }

  private func readBatch(_ input: BatchInput, _ link: Link) {
    guard polls.readiness(of: input.number).contains(.readable), link.conversation.isOpenForText else { return }
    do throws(Departure) {
      if let chunk = try input.read() {
        link.conversation.say(lines: chunk.lines, count: chunk.count)
        // Armed by lines that move, so that an idle endpoint has no deadline.
        if nextProgress == nil, tellsProgress { nextProgress = now + Endpoint.progressEvery }
      }
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
    StandardError.flush()
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
