import Basics
import ChatProtocol
import Glibc
import PeerSecurity
import Sockets

/// One end of a conversation: the loop of `serve` and `connect`.
///
/// The loop is thin. A turn has a fixed order of phases:
///
/// ```
///   gather interest ▸ wait ▸ freeze now ▸ network ▸ deadlines ▸ signals ▸ input ▸ read links ▸ commit ▸
///   other programs ▸ show ▸ write links ▸ reach ▸ prompt ▸ reap
/// ```
///
/// The end of one conversation and the next caller can come in one turn, and that caller is not to be refused as if
/// this end were busy. So links are written, and closed where they are over, before the next candidate is taken.
///
/// Time is that of ``BootClock``: a link that was silent while the machine slept was silent. After a sleep all
/// deadlines may have passed, so links are looked at before that.
///
/// A ``Session`` decides what may be sent, what is owed and when waiting ends. A ``UserInterface`` decides how things
/// look. A handler only sets marks; the program ends in the last phase.
@MainActor
public final class Endpoint {
  let settings: Settings
  let signals: SignalSource
  let user: User
  let links = LinkTable()
  /// The judgement of peers; nil for plain text, which has no means to tell them apart.
  let trust: Trust?
  var reach: Reach
  /// The conversation with the present peer, or with the next. A new one begins when this end waits for the next peer.
  var conversation: Conversation

  var refusedCallers = RefusedCallersReport()
  /// Callers who were not let in, each with the reason.
  var failedCallers = RefusedCallersReport()
  /// When a new pairing code is due, after the last one became void.
  var nextCodeAt: Instant?
  /// The pause before that. It doubles, so that codes cannot be guessed one after the other.
  var codePause = Endpoint.codePauseMin
  /// The number of the code that was shown with its room.
  var shownCodeNumber: Int?
  /// The target that the user was shown last. It is dialled again once the person has typed a code, which is no news.
  var shownTarget: String?
  /// How many rooms of codes were found taken since one was free.
  var roomsTried = 0
  /// A million rooms are not all taken by chance.
  static let roomsMax = 20
  static let codePauseMin = Duration.seconds(5)
  static let codePauseMax = Duration.seconds(600)

  var polls = PollSet()
  /// Reports of the network and of sleep; nil where nobody needs them.
  let network: NetworkWatch?
  var now = Instant(sinceOrigin: BootClock.now())
  var typed = [UInt8](repeating: 0, count: 4096)
  /// The reason why the program ends, once it is known. The first one stays; ``leave(_:)`` has the exception.
  var exitReason: ExitReason?
  /// Whether the last event, which has the status, was shown.
  var isEndReported = false
  /// Whether this end leaves because the time it was given is over. The wait for a reader has a bound then, too.
  var isOutOfTime = false
  /// Whether a second signal asked for the end, whatever is lost.
  var isForced = false
  /// The editor that has the draft now.
  var editor: RunningEditor?
  /// Whether this turn is the last.
  var isOver = false
  /// Whether the terminal has ended. It is not watched then, because it would be readable for ever.
  var isKeyboardGone = false
  /// The last instant for shown text to reach the user, once the endpoint leaves.
  private var flushBy: Instant?
  /// Runs the command of `--notify`, if there is one.
  var notifier: Notifier?
  /// Once the endpoint leaves: until when the command is run for what has happened. A run that goes on then is let go.
  private var notifyBy: Instant?
  private static let lastNoticesTime = Duration.seconds(2)
  /// The key of the peer of the conversation that goes on, if it can come back on another link; nil in plain text.
  var peerKey: Fingerprint?
  /// The links of that conversation.
  var linkChoice = LinkChoice()
  /// The link that was lost; nil while there is one.
  var interruption: Interruption?
  /// When the current link came up, and how many messages had arrived by then.
  var linkUpAt = Instant(sinceOrigin: .zero)
  var progressAtLinkUp = 0
  /// Whether the user knows that the peer sends no more. It says so again on each link.
  var hasPeerEnded = false
  /// The number of the newest link on which this end has greeted.
  var generation: UInt64 = 0
  /// The conversation with a known peer that this program holds; nil while there is none.
  var held: HeldConversation?
  /// The stored part of it; nil in batch, where nothing is stored.
  var kept: KeptConversation?
  /// Whether the person is to decide if messages are sent again.
  var isAskedAboutRepeat = false
  /// How many messages waited for the peer when the conversation was taken up.
  var owedAtOpening = 0
  /// Messages of a program that is to know when the peer has them.
  var awaited = AwaitedMessages()
  /// When the changes for the store are due that could wait; nil while there are none.
  var restDueAt: Instant?
  /// When the index for searching is looked at; nil while nothing is due.
  var indexDueAt: Instant?
  /// Until when what is stored has to be acknowledged, where nothing else is to be done; nil for as long as it takes.
  var deliverBy: Instant?
  /// Once that time is over: until when the peer and the reader may still take part in a proper end.
  var abandonBy: Instant?
  /// The protection of the current link.
  var security = LinkSecurity.plain
  /// The instant at which the first link of the conversation came up.
  var connectedAt = Instant(sinceOrigin: .zero)
  /// The same for people.
  var connectedTime = WallTime(seconds: 0)
  /// The instant of the next progress event; nil while no lines move.
  var nextProgress: Instant?

  // MARK: Life

  /// Runs an endpoint from start to end.
  /// - Returns: the reason of the end. The terminal is as it was before.
  public static func run(_ settings: Settings) -> ExitReason {
    do throws(Failure) { return try runToEnd(settings) } catch { return reason(of: error, settings) }
  }

  /// Delivers what is stored, from start to end.
  /// - Returns: the reason of the end; nil if another program of this user has the conversation.
  public static func deliver(_ settings: Settings) -> ExitReason? {
    do throws(Failure) { return try runToEnd(settings) } catch {
      if case .ownFile(.conversationHeld) = error {
        SignalSource.unblock(handledSignals)
        return nil
      }
      return reason(of: error, settings)
    }
  }

  private static func runToEnd(_ settings: Settings) throws(Failure) -> ExitReason {
    let endpoint = try Endpoint(settings)
    defer {
      endpoint.killEditor()
      endpoint.user.terminal?.stop()
    }
    return try endpoint.runToEnd()
  }

  private static func reason(of failure: Failure, _ settings: Settings) -> ExitReason {
    let reason = ExitReason(failure)
    if settings.json { showFailure(reason) }
    return reason
  }

  private static let handledSignals = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH, SIGCHLD, SIGQUIT]

  /// Reports to a program that the endpoint could not begin.
  private static func showFailure(_ reason: ExitReason) {
    guard let pipe = try? PipeInterface(.json) else { return }
    pipe.show(.failed(reason: reason.sentence ?? "", status: reason.number))
    try? pipe.flush(PollSet())
  }

  /// Raises a signal with its default effect, after the endpoint has ended because of it.
  public static func raise(_ signal: CInt) {
    guard let source = try? SignalSource([signal]) else { return }
    source.raiseDefault(signal)
  }

  private init(_ settings: Settings) throws(Failure) {
    Limits.check()
    self.settings = settings
    notifier = settings.notifyCommand.map { Notifier(command: $0) }
    conversation = Endpoint.newConversation(settings)
    // The input is opened and checked before anything else exists, so that an unusable one disturbs nobody.
    let input = settings.input.isBatch ? try BatchInput(settings.input, isJSON: settings.inputIsJSON) : nil
    do throws(SystemError) {
      // A terminal's SIGQUIT is a person's; a program that gets it is meant to die of it.
      signals = try SignalSource(Endpoint.handledSignals.filter { input == nil || $0 != SIGQUIT })
    } catch {
      throw .own(.cannotStart(error))
    }
    trust = try Trust(settings)
    network = trust == nil ? nil : NetworkWatch()
    reach = .idle
    if let input {
      user = .batch(try PipeInterface(settings.json ? .json : .text(verbosity: settings.verbosity)), input)
      for notice in settings.notices { user.interface.show(.note(notice)) }
    } else if case .stored(let timeout, let messages) = settings.input {
      user = .absent(try PipeInterface(settings.json ? .json : .text(verbosity: settings.verbosity)))
      for message in messages { awaited.append(message) }
      deliverBy = timeout.map { now + $0 }
    } else {
      let keyboard = try Endpoint.openKeyboard()
      user = .person(try TerminalInterface(settings), keyboard: keyboard)
    }
    do throws(Failure) {
      try takeUpExpected()
      try begin()
    } catch {
      user.terminal?.stop()
      throw error
    }
    showReachEvents()
    updatePrompt()
  }

  /// A conversation in memory, with a name that no other has: a peer with a store takes each name once.
  static func newConversation(_ settings: Settings) -> Conversation {
    Conversation(party: settings.party, incarnation: newIncarnation())
  }

  /// A name of an opening that no other has.
  static func newIncarnation() -> Incarnation { Incarnation(.random(in: .min ... .max)) }

  /// Begins to reach the peer, with a code where this end makes one.
  private func begin() throws(Failure) {
    if let trust, trust.needsCodeOfItsOwn || settings.codeOfFile != nil {
      trust.take(settings.codeOfFile ?? Trust.newCode())
    }
    try beginReaching()
    if case .connectByCode = settings.role, trust?.code == nil {
      codeNeeded(
        because: "type the code that the other side's window shows; to meet somebody you know: tincan connect NAME")
    }
    showReachEvents()
    if case .acceptor = reach { showCode() }
  }

  /// Begins to listen or to dial, in the room of the present code where the code names it.
  func beginReaching() throws(Failure) {
    reach = try Reach(settings, code: trust?.code, now: now)
  }

  private static func openKeyboard() throws(Failure) -> InputFile {
    do throws(SystemError) { return try InputFile.standardInput() } catch {
      throw .input(.unreadable(name: "standard input", error))
    }
  }

  private func runToEnd() throws(Failure) -> ExitReason {
    while !isOver { try turn() }
    return exitReason ?? ExitReason(.success)
  }

  // MARK: The turn

  private func turn() throws(Failure) {
    gatherInterest()
    do throws(SystemError) {
      try polls.wait(atMost: nextDeadline.map { $0 - Instant(sinceOrigin: BootClock.now()) })
    } catch {
      throw .own(.cannotWait(error))
    }
    now = Instant(sinceOrigin: BootClock.now())
    noticeNetwork()
    fireDeadlines()
    handleSignals()
    readInput()
    readLinks()
    commit()
    stepOwner()
    reportAcknowledged()
    goOnSearching()
    indexTexts()
    leaveOnceDelivered()
    flushInterface()
    writeLinks()
    takeCandidates()
    stepCandidates()
    reportRefusedCallers()
    updatePrompt()
    reap()
  }

  private func gatherInterest() {
    polls.removeAll()
    polls.watch(signals.number, for: .reading)
    if case .person(let terminal, let keyboard) = user, !isKeyboardGone, terminal.acceptsKeys {
      polls.watch(keyboard.number, for: .reading)
    }
    if let number = StandardError.waitsFor { polls.watch(number, for: .writing) }
    network?.watch(in: &polls)
    reach.watch(in: &polls)
    held?.socket?.watch(in: &polls)
    user.interface.watch(in: &polls)
    links.watch(in: &polls, reads: user.interface.canShowMessages, conversation)
    if let input = user.input, !input.hasEnded, conversation.hasOutboxRoom, takesMessages {
      polls.watch(input.number, for: .reading)
    }
  }

  private var nextDeadline: Instant? {
    nearest(
      hasReceivedMore || isSearching || hasTextsToLoad ? now : nil, restDueAt, indexDueAt, network?.deadline,
      reach.deadline, held?.socket?.deadline, links.deadline,
      user.terminal?.deadline, flushBy, notifyBy, deliverBy, abandonBy,
      links.current == nil ? nil : nextProgress, nextCodeAt, interruption?.giveUpAt,
      user.terminal == nil ? nil : links.current?.nextShownSilence(now: now),
      user.interface.hasPendingOutput ? nil : nearest(refusedCallers.deadline, failedCallers.deadline))
  }

  /// Whether bytes were received that can be taken now. Nothing will wake the loop for them.
  private var hasReceivedMore: Bool {
    // Room comes with the next flush, for which the loop is woken.
    links.current?.session.hasReceivedMore == true && user.interface.canShowMessages && conversation.hasInboxRoom
  }

  private func fireDeadlines() {
    if let link = links.current, let deadline = link.deadline, deadline <= now {
      link.deadlinePassed(&conversation, now: now)
    }
    if let due = nextProgress, due <= now { showProgress() }
    renewCode()
    if let deliverBy, deliverBy <= now { leaveUndelivered() }
    if let abandonBy, abandonBy <= now { abandonUndelivered() }
    if let flushBy, flushBy <= now {
      let lost = user.interface.pendingLines
      if lost > 0 { leave(ExitReason(.output(.stalled(lost: lost)))) }
      isOver = true
    }
  }

  // MARK: Showing

  /// Commits received messages, before they are acknowledged: to the store, and to a person's screen. This is the only
  /// place. Those for a pipe are committed once the pipe has taken them.
  func commit() {
    defer {
      commitRest()
      showConversationEvents()
    }
    guard let link = links.current, conversation.hasUndelivered || !conversation.inbox.isEmpty else { return }
    guard commitReceived() else { return }
    let nameInGreeting = (link.session as? FramedSession)?.peer.name
    user.interface.show(conversation.inbox, from: link.peerLabel, nameInGreeting: nameInGreeting)
    let count = conversation.inbox.entries.count
    notifier?.add(.message, peer: link.peerLabel, count: count, hasFocus: user.terminal?.hasFocus)
    if user.terminal == nil { conversation.delivered() } else { conversation.committed() }
  }

  private func flushInterface() {
    do throws(Failure) {
      try user.interface.flush(polls)
      if user.terminal == nil, !user.interface.hasPendingOutput { conversation.deliveredCommitted() }
    } catch {
      leave(ExitReason(error))
      // Nobody has what was written last, and nobody gets the rest.
      if user.terminal == nil { conversation.refuseReceived(.storeUnusable) }
    }
    StandardError.flush()
  }

  /// Shows the present state in the prompt, if the user has one.
  private func updatePrompt() {
    guard let terminal = user.terminal else { return }
    if let link = links.current {
      let isLeaving = conversation.wish >= .leave
      terminal.setPrompt(
        isLeaving
          ? .leaving
          : .connected(unsent: conversation.unsentCount, security, silent: link.shownSilence(now: now)))
    } else if exitReason != nil || conversation.ending != nil {
      terminal.setPrompt(.leaving)
    } else if let interruption {
      terminal.setPrompt(
        interruption.isParked
          ? .parked(unsent: conversation.unsentCount) : .interrupted(unsent: conversation.unsentCount))
    } else if case .idle = reach {
      terminal.setPrompt(.askingCode)
    } else {
      let unsent = conversation.unsentCount
      terminal.setPrompt(reach.waits ? .alone(unsent: unsent) : .connecting(unsent: unsent))
    }
  }

  // MARK: The end

  /// Ends the program when nothing is left to do.
  private func reap() {
    if let complaint = notifier?.step() { user.interface.show(.note(complaint)) }
    if isForced { abandonLinks() }
    guard exitReason != nil, links.current == nil, !links.isClosing else { return }
    noteWaitingMessages()
    reportEndOutsideConversation()
    // A person who writes in an editor while the conversation ends may finish.
    if editor != nil, exitReason?.signal == nil { return }
    if flushBy == nil, exitReason?.signal != nil || user.terminal != nil || isOutOfTime {
      flushBy = now + Limits.drainSilence
    }
    if notifier?.hasPending == true, notifyBy == nil { notifyBy = now + Endpoint.lastNoticesTime }
    // A deadline that has passed would wake the loop at once, as long as the output takes nothing.
    if let notifyBy, notifyBy <= now { (notifier, self.notifyBy) = (nil, nil) }
    let isNotifying = notifier?.hasPending == true
    if isForced || (!user.interface.hasPendingOutput && editor == nil && !isNotifying) { isOver = true }
  }
}
