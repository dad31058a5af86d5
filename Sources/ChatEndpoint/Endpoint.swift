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
  private enum Stage {
    /// On its way to a link, by listening or dialling.
    case arriving
    /// A link is up.
    case talking(Link)
    /// All is said; what was shown is still on its way to the user.
    case flushing
  }

  private let settings: Settings
  private let signals: SignalSource
  private var arrival: Arrival
  private let strangers = Strangers()
  private let front: any Front
  private let terminal: TerminalFront?
  private let input: BatchInput?

  private var stage = Stage.arriving
  private var polls = PollSet()
  private var now = Instant(sinceOrigin: MonotonicClock.now())
  private var typed = [UInt8](repeating: 0, count: 4096)
  /// How the program will end, once that is known. The first reason stays.
  private var departure: Departure?
  private var isOver = false
  /// How long what was shown may take to reach the user once somebody wants out.
  private var flushBy: Instant?
  private var talkingSince = ""
  private var nextProgress: Instant?
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
    arrival.watch(in: &polls)
    strangers.watch(in: &polls)
    front.watch(in: &polls)
    guard case .talking(let link) = stage else { return }
    link.watch(in: &polls, takesMessages: front.takesMessages)
    if let input, !input.isUsedUp, link.conversation.acceptsText { polls.watch(input.number, for: .reading) }
  }

  private var nextDeadline: Instant? {
    var deadlines = [arrival.deadline, strangers.deadline, front.deadline, flushBy]
    if case .talking(let link) = stage { deadlines += [link.conversation.deadline, nextProgress] }
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
  private func leave(by signal: CInt) {
    if departure?.signal != nil { isOver = true }
    leave(Departure(.goodbye, signal: signal))
    if departure?.signal == nil { departure?.signal = signal }
  }

  /// Readline wants another key in the middle of a key sequence: waits for one, or for a signal that ends us.
  private func waitForKey() -> [UInt8]? {
    var set = PollSet()
    set.watch(StandardStreams.inputNumber, for: .reading)
    set.watch(signals.number, for: .reading)
    while !isOver, departure == nil {
      guard (try? set.wait(atMost: nil)) != nil else { return nil }
      if set.readiness(of: signals.number).contains(.readable) {
        while let signal = signals.next() {
          guard [SIGINT, SIGTERM, SIGHUP].contains(signal) else { continue }
          leave(by: signal)
          return nil
        }
      }
      guard set.readiness(of: StandardStreams.inputNumber).contains(.readable) else { continue }
      guard case .moved(let count)? = try? StandardStreams.readInput(into: &typed) else { return nil }
      return Array(typed[..<count])
    }
    return nil
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
      if case .arriving = stage { isOver = true }
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
      if StandardStreams.errorIsTerminal, !settings.json { nextProgress = now + Endpoint.progressEvery }
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

  private func readKeyboard(_ terminal: TerminalFront) {
    guard polls.readiness(of: StandardStreams.inputNumber).contains(.readable) else { return }
    switch try? StandardStreams.readInput(into: &typed) {
    case .wouldBlock: break
    case .moved(let count):
      terminal.type(typed[..<count])
      while let wish = terminal.nextWish() { grant(wish, terminal) }
    case .endOfStream, nil:
      // The terminal is gone; SIGHUP says so too where it is ours.
      leave(Departure(.goodbye))
      if case .arriving = stage { isOver = true }
    }
  }

  private func grant(_ wish: TerminalFront.Wish, _ terminal: TerminalFront) {
    switch wish {
    case .leave:
      leave(Departure(.goodbye))
    case .status:
      for line in status { terminal.note(line) }
    case .say(let lines):
      for (index, line) in lines.enumerated() {
        guard say(line, refused: lines[index...].joined(separator: "\n"), terminal) else { break }
        terminal.showOwn([line])
      }
    case .act(let text):
      if say("* \(settings.name) \(text)", refused: "/me \(text)", terminal) { terminal.showOwnAction(text) }
    }
  }

  /// Says a line, or puts it back into the prompt with the reason.
  private func say(_ line: String, refused: String, _ terminal: TerminalFront) -> Bool {
    guard case .talking(let link) = stage, link.conversation.isOpenForText else {
      terminal.refuse(refused, because: "nobody is there to hear it; your line is back at the prompt")
      return false
    }
    guard line.utf8.count <= Limits.messageBytesMax else {
      terminal.refuse(
        refused, because: "that is \(line.utf8.count) bytes, and a message is at most \(Limits.messageBytesMax)")
      return false
    }
    guard link.conversation.acceptsText else {
      terminal.refuse(refused, because: "\(link.peer) does not read; your line is back at the prompt")
      return false
    }
    link.conversation.say(line.utf8)
    return true
  }

  private func readBatch(_ input: BatchInput, _ link: Link) {
    guard polls.readiness(of: input.number).contains(.readable), link.conversation.isOpenForText else { return }
    do throws(Departure) {
      if case .lines(let lines, let count) = try input.read() {
        link.conversation.say(lines: lines, count: count)
      }
      // The end may come with a last line that no line feed ended; after it nothing becomes readable any more.
      if input.isUsedUp { link.conversation.inputUsedUp(now: now) }
    } catch {
      leave(error)
    }
  }

  // MARK: Link

  private func readLink() {
    guard case .talking(let link) = stage else { return }
    link.read(polls, now: now) { messages in
      front.show(messages, from: link.peer)
      return front.takesMessages
    }
  }

  private func writeLink() {
    guard case .talking(let link) = stage else { return }
    let wasLeaving = link.conversation.isLeaving
    link.write(now: now)
    if wasLeaving, link.conversation.output.isEmpty, link.conversation.ending == nil, terminal != nil {
      showStanding()
    }
  }

  private func pumpFront() {
    do throws(Departure) { try front.pump(polls) } catch { leave(error) }
  }

  // MARK: Leaving

  /// Wants out for a reason. The first reason stays; a link is given its goodbye.
  private func leave(_ reason: Departure) {
    departure = departure ?? reason
    if case .talking(let link) = stage { link.conversation.leave(now: now) }
  }

  /// Lets go of what is over.
  private func reap() {
    if case .talking(let link) = stage, let ending = link.conversation.ending { end(link, ending) }
    if case .arriving = stage, departure != nil { stage = .flushing }
    guard case .flushing = stage else { return }
    if flushBy == nil, departure?.signal != nil || terminal != nil { flushBy = now + Limits.drainSilence }
    if !front.hasPending { isOver = true }
  }

  private func end(_ link: Link, _ ending: ConversationLife.Ending) {
    let conversation = link.conversation
    let result = Farewell(link, ending, input: input).departure
    let goesOn = departure == nil && arrival.keeps
    // What went wrong is said once: here when we go on or in the event stream, else as the last thing we say.
    if goesOn || settings.json || result.status == .goodbye {
      front.tell(
        .ended(
          reason: result.sentence ?? "", status: result.status, said: conversation.linesSaid,
          heard: conversation.linesHeard, unsent: conversation.linesUnsent))
    }
    nextProgress = nil
    if goesOn {
      stage = .arriving
      return
    }
    // What went wrong with the link outweighs the wish to leave, but not an earlier failure.
    if departure == nil || departure?.status == .goodbye {
      departure = Departure(
        result.status, result.status == .goodbye ? nil : result.sentence, signal: departure?.signal)
    }
    stage = .flushing
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

  private var status: [String] {
    switch stage {
    case .talking(let link):
      let conversation = link.conversation
      return [
        "with \(link.peer) at \(link.address), since \(talkingSince), not encrypted",
        "\(conversation.linesSaid) lines said, \(conversation.linesUnsent) of them not sent yet; "
          + "\(conversation.linesHeard) heard",
      ]
    case .arriving, .flushing: return ["nobody is there"]
    }
  }
}
