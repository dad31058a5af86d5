import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The way into a room at the best of some relays, until one of them has paired this end or none is left.
/// ``RelayChoice`` decides which relays are joined when.
@MainActor
struct RelaySearch {
  /// The terms that all tries of one search have in common.
  struct Terms {
    /// The side by which the relays know this end again.
    let side: RelaySide
    /// Proved to a relay that asks for one; nil without one.
    let pass: RelayPass?
    /// The time until a relay accepts; nil for no limit.
    let timeout: Duration?
    /// The option that sets it, for the sentence that reports it.
    let option: String?
    /// Whether any failure may pass, because there was a link before.
    let isReconnecting: Bool
    /// Whether it is over when two are in the room at one of the relays. An end that has not waited yet is not the one
    /// that its peer waits for there.
    let endsWhenTaken: Bool
  }

  /// The room at each relay, the best first.
  private let rooms: [RelayRoom]
  private let terms: Terms
  private var choice: RelayChoice
  private var attempts: [RelayAttempt?]
  private var failures: [Failure?]
  private var random = SystemRandomNumberGenerator()
  private(set) var events: [EndpointEvent] = []
  /// The problems that were reported, in this search and in those before it.
  private(set) var reported: ReportedProblems
  /// Whether one of the relays has let this end wait.
  private var hasWaited = false
  /// Whether ``takeWaiting()`` has not returned that yet.
  private var hasBegunToWait = false

  /// Begins with the best relay.
  /// - Parameter reported: the problems that were reported in earlier searches for the same room.
  init(
    _ room: RelayRoom, _ terms: Terms, reported: ReportedProblems = ReportedProblems(), now: Instant
  ) throws(Failure) {
    self.reported = reported
    rooms = room.choices
    self.terms = terms
    choice = RelayChoice(of: rooms.count, now: now)
    attempts = rooms.map { _ in nil }
    failures = rooms.map { _ in nil }
    try beginDue(now)
  }

  /// Whether a relay lets this end wait.
  var isWaiting: Bool { attempts.contains { $0?.isWaiting ?? false } }

  /// Whether a relay was reached.
  var isJoining: Bool { attempts.contains { $0?.isJoining ?? false } }

  /// Whether the first of the relays lets this end wait and no earlier call returned that.
  mutating func takeWaiting() -> Bool {
    defer { hasBegunToWait = false }
    return hasBegunToWait
  }

  /// The events since the last call.
  mutating func takeEvents() -> [EndpointEvent] { events.takeAll() }

  var deadline: Instant? { nearest(choice.deadline, nearest(attempts.map { $0?.deadline })) }

  func watch(in set: inout PollSet) { for attempt in attempts { attempt?.watch(in: &set) } }

  /// Takes the next step.
  /// - Returns: the link, once this end is paired. The search is over then.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> RelayLink? {
    for index in attempts.indices {
      guard var attempt = attempts[index] else { continue }
      do throws(Failure) {
        let paired = try attempt.step(set, now: now)
        attempts[index] = attempt
        if attempt.takeWaiting() {
          if !hasWaited { (hasWaited, hasBegunToWait) = (true, true) }
          failures[index] = nil
          reported.forget(relay: index)
          choice.waits(at: index, now: now, using: &random)
        }
        if let paired {
          reported.forget(relay: index)
          return paired
        }
      } catch {
        try note(error, at: index, now: now)
      }
    }
    // Not before, because a descriptor that was closed in this turn may have the number of a new one.
    try beginDue(now)
    return nil
  }

  /// Notes that the network may have changed: pauses end, and tries get little more time.
  mutating func networkChanged(now: Instant) {
    choice.networkChanged(now: now)
    for index in attempts.indices { attempts[index]?.networkChanged(now: now) }
  }

  private mutating func beginDue(_ now: Instant) throws(Failure) {
    while let index = choice.next(now: now, using: &random) {
      attempts[index] = try RelayAttempt(
        at: rooms[index], side: terms.side, pass: terms.pass, timeout: terms.timeout, option: terms.option, now: now)
    }
  }

  /// Notes a relay's failure.
  /// - Throws: the failure of the whole search, if no relay is left.
  private mutating func note(_ failure: Failure, at index: Int, now: Instant) throws(Failure) {
    attempts[index] = nil
    if terms.endsWhenTaken, case .relay(.refused(_, .roomTaken, _)) = failure, !failure.mayPass { throw failure }
    choice.failed(at: index, mayPass: failure.mayPass || terms.isReconnecting, now: now, using: &random)
    failures[index] = failure
    guard choice.isOver else {
      let problem = failure.report.problem
      if reported.add(problem, of: index) { events.append(.note("\(problem); trying another relay")) }
      return
    }
    let all = failures.compactMap(\.self)
    throw all.count == 1 ? failure : .relay(.allFailed(all))
  }
}

/// The problems of relays that a user knows of. A search ends when no relay is left, and the next one meets with the
/// same problems, so they outlast it: each until its relay lets this end wait or pairs it.
struct ReportedProblems {
  /// By the positions of the relays.
  private var problems: [Int: String] = [:]

  /// Notes a problem that is to be reported if it is new.
  /// - Returns: whether it is.
  mutating func add(_ problem: String, of relay: Int) -> Bool {
    defer { problems[relay] = problem }
    return problems[relay] != problem
  }

  /// Notes that a relay works. Its next problem is a new one.
  mutating func forget(relay: Int) { problems[relay] = nil }
}
