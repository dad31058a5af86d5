import Basics
import ChatProtocol
import Glibc
import Sockets

/// One end of a conversation: the loop of `serve` and `connect`.
///
/// The loop is thin. A turn has a fixed order of phases:
///
/// ```
///   gather interest ▸ wait ▸ freeze now ▸ deadlines ▸ signals ▸ input ▸ read links ▸ commit ▸ show ▸ write links ▸ reach ▸
///   prompt ▸ reap
/// ```
///
/// Links are written, and closed where they are over, before the next candidate is taken: the end of one conversation and the
/// next caller can be found in one turn, and that caller is not to be told that we are busy.
///
/// A ``Session`` decides what may be sent, what is owed and when waiting ends; a ``UserInterface`` decides how things look. A
/// handler only marks: the program ends in the last phase.
@MainActor
public final class Endpoint {
  let settings: Settings
  let signals: SignalSource
  let user: User
  let links = LinkTable()
  var reach: Reach
  /// What we and the peer share. A new one begins when the next peer is waited for.
  var conversation: Conversation

  var polls = PollSet()
  var now = Instant(sinceOrigin: MonotonicClock.now())
  var typed = [UInt8](repeating: 0, count: 4096)
  /// How the program will end, once that is known. The first reason stays.
  var exitReason: ExitReason?
  /// Whether a second signal asked for the end, whatever is lost.
  var isForced = false
  var isOver = false
  /// Whether the terminal has ended: it would be readable for ever.
  var isKeyboardGone = false
  /// How long what was shown may take to reach the user once somebody wants out.
  private var flushBy: Instant?
  /// When the current link came up: on our clock, and as people read it.
  var connectedAt = Instant(sinceOrigin: .zero)
  var connectedTime = ""
  var nextProgress: Instant?

  // MARK: Life

  /// Runs an endpoint from start to end.
  /// - Returns: how it ended. The terminal is as it was.
  public static func run(_ settings: Settings) -> ExitReason {
    do throws(Failure) {
      let endpoint = try Endpoint(settings)
      defer { endpoint.user.terminal?.stop() }
      return try endpoint.runToEnd()
    } catch {
      let reason = ExitReason(error)
      if settings.json { showFailure(reason) }
      return reason
    }
  }

  /// An endpoint that could not even begin reports that to its program.
  private static func showFailure(_ reason: ExitReason) {
    guard let pipe = try? PipeInterface(.json) else { return }
    pipe.show(.failed(reason: reason.sentence ?? "", status: reason.status))
    try? pipe.flush(PollSet())
  }

  /// Lets a signal that made us leave have its default effect, now that everything is put away.
  public static func raise(_ signal: CInt) {
    guard let source = try? SignalSource([signal]) else { return }
    source.raiseDefault(signal)
  }

  private init(_ settings: Settings) throws(Failure) {
    Limits.check()
    self.settings = settings
    conversation = Conversation(party: settings.party)
    // The input is opened and checked before anything else exists: an unusable one disturbs nobody.
    let input = settings.input == .keyboard ? nil : try BatchInput(settings.input)
    do throws(SystemError) {
      signals = try SignalSource([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH])
    } catch {
      throw .own(.cannotStart(error))
    }
    reach = try Reach(settings.role, now: now)
    if let input {
      user = .program(try PipeInterface(settings.json ? .json : .text(verbosity: settings.verbosity)), input)
      for notice in settings.notices { user.interface.show(.note(notice)) }
    } else {
      let keyboard = try Endpoint.openKeyboard()
      StandardStreams.guardTerminal()
      user = .person(try TerminalInterface(settings), keyboard: keyboard)
    }
    showReachEvents()
    updatePrompt()
  }

  private static func openKeyboard() throws(Failure) -> InputFile {
    do throws(SystemError) { return try InputFile.standardInput() } catch {
      throw .input(.unreadable(name: "standard input", error))
    }
  }

  private func runToEnd() throws(Failure) -> ExitReason {
    while !isOver { try turn() }
    return exitReason ?? ExitReason(.goodbye)
  }

  // MARK: The turn

  private func turn() throws(Failure) {
    gatherInterest()
    do throws(SystemError) {
      try polls.wait(atMost: nextDeadline.map { $0 - Instant(sinceOrigin: MonotonicClock.now()) })
    } catch {
      throw .own(.cannotWait(error))
    }
    now = Instant(sinceOrigin: MonotonicClock.now())
    fireDeadlines()
    handleSignals()
    readInput()
    readLinks()
    commit()
    flushInterface()
    writeLinks()
    takeCandidates()
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
    reach.watch(in: &polls)
    user.interface.watch(in: &polls)
    links.watch(in: &polls, reads: user.interface.acceptsMessages, conversation)
    if let input = user.input, !input.hasEnded, conversation.acceptsMessages {
      polls.watch(input.number, for: .reading)
    }
  }

  private var nextDeadline: Instant? {
    nearest(reach.deadline, links.deadline, user.terminal?.deadline, flushBy, links.current == nil ? nil : nextProgress)
  }

  private func fireDeadlines() {
    if let link = links.current, let deadline = link.session.deadline, deadline <= now {
      link.deadlinePassed(&conversation, now: now)
    }
    if let due = nextProgress, due <= now { showProgress() }
    if let flushBy, flushBy <= now {
      leave(ExitReason(.output(.stalled(lost: user.interface.pendingLines))))
      isOver = true
    }
  }

  // MARK: Showing

  /// The one place where what arrived is committed: handed to this end's user, before it is acknowledged.
  func commit() {
    guard let link = links.current, !conversation.inbox.isEmpty else { return }
    user.interface.show(conversation.inbox, from: link.peer)
    conversation.committed()
  }

  private func flushInterface() {
    do throws(Failure) { try user.interface.flush(polls) } catch { leave(ExitReason(error)) }
    StandardError.flush()
  }

  /// Shows how things stand, where the user has a prompt for that.
  private func updatePrompt() {
    guard let terminal = user.terminal else { return }
    if let link = links.current {
      let isLeaving = conversation.wish >= .leave
      terminal.setPrompt(isLeaving ? .leaving : .connected(peer: link.peer, unsent: conversation.unsentCount))
    } else if exitReason != nil || conversation.ending != nil {
      terminal.setPrompt(.leaving)
    } else {
      terminal.setPrompt(reach.waits ? .alone : .connecting)
    }
  }

  // MARK: The end

  /// Ends when there is nothing left to do.
  private func reap() {
    if isForced { abandonLinks() }
    guard exitReason != nil, links.current == nil, !links.isClosing else { return }
    if flushBy == nil, exitReason?.signal != nil || user.terminal != nil { flushBy = now + Limits.drainSilence }
    if user.interface.pendingLines == 0 || isForced { isOver = true }
  }
}
