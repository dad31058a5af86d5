import Basics
import ChatProtocol
import Sockets

/// Comes to a link through a relay: dials it, joins a room there, and waits to be paired with the other one.
///
/// An endpoint that keeps and has waited at its relay once goes on trying to, whatever happens there: conversations
/// that still hold the room, a relay that is full, restarted or gone for a while.
@MainActor
struct RelayReach {
  enum State {
    case dialling(Connector)
    case joining(RelayLink)
    /// The relay is to be asked again.
    case pausing(until: Instant)
    /// We are paired, or will never be.
    case done
  }

  private let room: RelayRoom
  /// Whether this end calls, rather than waits as long as it takes.
  let calls: Bool
  /// Whether another link is waited for after a conversation.
  let keeps: Bool
  private let timeout: Duration
  private(set) var state = State.done
  var events: [EndpointEvent] = []
  /// When reaching the relay has taken too long; for an end that calls, waiting there too.
  private var giveUpAt: Instant?
  /// Whether the relay ever let us wait: it is the right one, then.
  private var hasWaited = false
  /// Since when the relay lets us wait, until the first failure after that.
  private var waitingSince: Instant?
  private var backoff = Backoff(from: .milliseconds(100), to: RelayReach.pauseMax)
  private var random = SystemRandomNumberGenerator()
  /// What the relay knows us by again, for as long as one conversation lasts.
  private var side: RelaySide
  private static let pauseMax = Duration.seconds(30)
  /// From a pause this long on the person learns why, once for each reason.
  private static let reportedPause = Duration.seconds(1)
  private var reportedProblem: String?
  /// How long to try to reach the relay to wait at.
  private static let relayTimeout = Duration.seconds(30)

  /// Waits in a room.
  init(waitingAt room: RelayRoom, keeps: Bool, now: Instant) throws(Failure) {
    self.room = room
    side = .random(using: &random)
    self.keeps = keeps
    calls = false
    timeout = RelayReach.relayTimeout
    try begin(now)
  }

  /// Calls whoever waits in a room, within a time.
  init(calling room: RelayRoom, timeout: Duration, now: Instant) throws(Failure) {
    self.room = room
    side = .random(using: &random)
    self.timeout = timeout
    keeps = false
    calls = true
    try begin(now)
  }

  private mutating func begin(_ now: Instant) throws(Failure) {
    giveUpAt = now + timeout
    let option = calls ? "--timeout" : nil
    state = .dialling(try Connector(to: room.route, timeout: timeout, option: option, now: now))
    events.append(.connecting(to: calls ? room.route.description : room.relay.description))
  }

  /// A conversation is over, and the next is waited for.
  /// - Parameter wasUseful: whether the conversation lasted or carried anything. If not, a relay that pairs and closes
  ///   at once is left alone for longer and longer.
  mutating func again(wasUseful: Bool, now: Instant) {
    if wasUseful { backoff.reset() }
    side = .random(using: &random)
    events.append(.connecting(to: room.relay.description))
    state = .pausing(until: wasUseful ? now : now + backoff.next(using: &random))
  }

  /// When ``step(_:now:)`` is due at the latest.
  var deadline: Instant? {
    switch state {
    case .dialling(let connector): connector.deadline
    case .joining(let link): nearest(link.deadline, giveUpAt)
    case .pausing(let until): until
    case .done: nil
    }
  }

  func watch(in set: inout PollSet) {
    switch state {
    case .dialling(let connector): connector.watch(in: &set)
    case .joining(let link): link.watch(in: &set)
    case .pausing, .done: break
    }
  }

  /// Goes on, by one step.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> Candidate? {
    do throws(Failure) {
      switch state {
      case .dialling(var connector):
        guard let dialled = try connector.step(set, now: now) else {
          state = .dialling(connector)
          return nil
        }
        let address = dialled.address
        state = .joining(RelayLink(dialled.takeSocket(), to: address, room, side: side, now: now))
        return nil
      case .joining(let link): return try join(link, now: now)
      case .pausing(let until):
        guard until <= now else { return nil }
        let before = events
        try begin(now)
        // That was reported when it was first tried.
        events = before
        return nil
      case .done: return nil
      }
    } catch {
      state = .done
      giveUpAt = nil
      guard keeps, hasWaited else { throw error }
      tryAgain(after: error, now: now)
      return nil
    }
  }

  private mutating func join(_ link: RelayLink, now: Instant) throws(Failure) -> Candidate? {
    if let giveUpAt, giveUpAt <= now { throw tookTooLong(link) }
    let isPaired = try link.step(now: now)
    if link.takeWaiting() {
      events.append(.waiting(at: room.route))
      if !calls { giveUpAt = nil }
      waits(now)
    }
    guard isPaired else { return nil }
    waits(now)
    state = .done
    giveUpAt = nil
    return link.candidate()
  }

  private func tookTooLong(_ link: RelayLink) -> Failure {
    let option = calls ? "--timeout" : nil
    if link.isWaiting { return .reach(.nobodyCame(room.route, within: timeout, option: option)) }
    return .reach(.noAnswer(room.route, within: timeout, option: option))
  }

  private mutating func waits(_ now: Instant) {
    hasWaited = true
    waitingSince = waitingSince ?? now
    reportedProblem = nil
  }

  private mutating func tryAgain(after failure: Failure, now: Instant) {
    // A stay that was no more than a moment is no reason to begin anew.
    if let since = waitingSince.take(), now - since > RelayReach.pauseMax { backoff.reset() }
    let problem = failure.report.problem
    if backoff.delay >= RelayReach.reportedPause, problem != reportedProblem {
      reportedProblem = problem
      // What to do about it is what we do.
      events.append(.note("\(problem); still trying"))
    }
    state = .pausing(until: now + backoff.next(using: &random))
  }
}
