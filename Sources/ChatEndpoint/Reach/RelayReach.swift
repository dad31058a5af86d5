import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// Comes to a link through a relay: joins a room at the best of its relays that answers, and waits to be paired there.
///
/// A relay that refuses to be dialled, or is being stopped, may be one that is replaced, so an end tries again for some
/// seconds. One that a relay has let wait tries for a minute, and one that serves again without end: so it outlasts a
/// room that an old pair still holds, and a relay that is full, restarted or gone for a while.
///
/// Once it was paired, it can reconnect: it joins with the same side, so that the relay takes it for the guest whose
/// link is gone, and any failure may pass.
@MainActor
struct RelayReach {
  enum State {
    case searching(RelaySearch)
    /// The relays are to be asked again at this instant.
    case pausing(until: Instant)
    /// This end is paired, or never will be.
    case done
  }

  let room: RelayRoom
  private let peerOptions: String
  /// Proved to a relay that asks for one; nil without one.
  private let pass: RelayPass?
  /// Whether this end connects to a peer that waits, rather than waits itself without a limit.
  let isConnecting: Bool
  /// Whether this end waits for another link after a conversation.
  let servesAgain: Bool
  /// Whether an end that connects tries again after a failure that may pass.
  private let triesAgain: Bool
  /// Whether an end that connects waits without a limit once the relay lets it wait.
  private let staysInRoom: Bool
  /// nil for no limit.
  private let timeout: Duration?
  private(set) var state = State.done
  var events: [EndpointEvent] = []
  /// Whether a caller was not let in, and the relay has not let this end wait since. A caller must not be able to end
  /// the waiting, by staying in the room for example.
  private var returnsAfterCaller = false
  /// Whether a relay ever let this end wait, which shows that it is the right one.
  private var hasWaited = false
  /// The instant from which a relay lets this end wait; nil after a failure.
  private var waitingSince: Instant?
  /// The instant of the first failure since a relay let this end wait or paired it; nil without one.
  private var failingSince: Instant?
  /// The problems of relays that were reported.
  private var reported = ReportedProblems()
  private(set) var retries = Retries(
    from: .milliseconds(100), to: RelayReach.pauseMax, reportedFrom: .seconds(1))
  private var random = SystemRandomNumberGenerator()
  /// The side by which the relay knows this end again. It lasts for one conversation.
  private(set) var side: RelaySide

  private static let pauseMax = Duration.seconds(30)
  /// The time for reaching a relay to wait at.
  private static let relayTimeout = Duration.seconds(30)
  /// How long a relay may be away while it is replaced: the successor of one that is stopped takes its port within the
  /// second, and a person who mistyped an address does not want to wait.
  static let replacementTime = Duration.seconds(5)
  /// How long old links of the same two may be in the way: a relay notices within 75 seconds that a machine has
  /// vanished.
  static let oldLinksTime = Duration.seconds(90)
  /// How long a relay may be away at which this end has waited: a machine that starts anew takes about that.
  static let restartTime = Duration.seconds(60)

  /// Waits in a room.
  /// - Parameters:
  ///   - pass: proved to a relay that asks for one; nil without one.
  ///   - peerOptions: what the peer's command line needs beside the room.
  init(
    waitingAt room: RelayRoom, servesAgain: Bool, pass: RelayPass? = nil, peerOptions: String = "", now: Instant
  ) throws(Failure) {
    self.room = room
    (self.pass, self.peerOptions) = (pass, peerOptions)
    side = .random(using: &random)
    self.servesAgain = servesAgain
    isConnecting = false
    (triesAgain, staysInRoom) = (false, true)
    timeout = RelayReach.relayTimeout
    try begin(now)
    events.append(.connecting(to: room.relays.description))
  }

  /// Connects to the peer that waits in a room, within a time if there is one.
  init(
    connectingTo room: RelayRoom, _ dialling: Settings.Dialling, pass: RelayPass? = nil, now: Instant
  ) throws(Failure) {
    self.room = room
    (self.pass, peerOptions) = (pass, "")
    side = .random(using: &random)
    (timeout, triesAgain, staysInRoom) = (dialling.timeout, dialling.triesAgain, dialling.staysInRoom)
    servesAgain = false
    isConnecting = true
    retries.giveUpAt = timeout.map { now + $0 }
    try begin(now)
    events.append(.connecting(to: room.route.description))
  }

  /// The last instant for reaching a relay. For an end that connects it bounds the wait in the room, and the time until
  /// the peer has let it in.
  var giveUpAt: Instant? { retries.giveUpAt }

  private mutating func begin(_ now: Instant) throws(Failure) {
    if !isConnecting, !retries.isReconnecting, let timeout { retries.giveUpAt = now + timeout }
    let isOneOfMany = triesAgain || retries.isReconnecting || room.relays.relays.count > 1
    let terms = RelaySearch.Terms(
      side: side, pass: pass, timeout: isOneOfMany ? Connector.attemptTimeout : timeout,
      option: isConnecting && !isOneOfMany ? "--timeout" : nil, isReconnecting: retries.isReconnecting,
      endsWhenTaken: !retries.isReconnecting && !hasWaited)
    state = .searching(try RelaySearch(room, terms, reported: reported, now: now))
  }

  /// Prepares for the next pairing, after a conversation is over or a caller was not let in.
  /// - Parameter wasUseful: whether the conversation lasted or carried messages. After useless ones the pauses grow, so
  ///   that a relay that pairs and closes at once is not asked without end.
  mutating func again(wasUseful: Bool, now: Instant) {
    side = .random(using: &random)
    returnsAfterCaller = true
    events.append(.connecting(to: room.relays.description))
    state = .pausing(until: retries.again(wasUseful: wasUseful, now: now))
  }

  /// Joins again, because the link that was made is gone and the conversation is not over.
  /// - Parameter wasUseful: whether that link lasted or carried messages. After useless ones the pauses grow.
  mutating func reconnect(wasUseful: Bool, now: Instant) {
    waitingSince = nil
    state = .pausing(until: retries.reconnect(wasUseful: wasUseful, now: now))
  }

  /// Ends what is under way, because there is a link.
  mutating func stop() { state = .done }

  /// Notes that the network may have changed: a pause ends, a try gets little more time, and an end that waits to be
  /// paired again does so on new links to the relays.
  mutating func networkChanged(now: Instant) {
    switch state {
    case .searching(let search) where search.isJoining && retries.isReconnecting: state = .pausing(until: now)
    case .searching(var search):
      search.networkChanged(now: now)
      state = .searching(search)
    case .pausing: state = .pausing(until: retries.networkChanged(now: now))
    case .done: break
    }
  }

  /// The instant at which ``step(_:now:)`` is due at the latest.
  var deadline: Instant? {
    switch state {
    case .searching(let search): nearest(search.deadline, giveUpAt)
    case .pausing(let until): nearest(until, giveUpAt)
    case .done: nil
    }
  }

  func watch(in set: inout PollSet) { if case .searching(let search) = state { search.watch(in: &set) } }

  /// Takes the next step.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> Candidate? {
    do throws(Failure) {
      switch state {
      case .searching(let search): return try step(search, set, now: now)
      case .pausing(let until):
        if let giveUpAt, giveUpAt <= now, let failure = retries.failure { throw failure }
        guard until <= now else { return nil }
        try begin(now)
        return nil
      case .done: return nil
      }
    } catch {
      state = .done
      guard tryAgain(after: error, now: now) else { throw error }
      return nil
    }
  }

  private mutating func step(
    _ before: RelaySearch, _ set: borrowing PollSet, now: Instant
  ) throws(Failure) -> Candidate? {
    var search = before
    if let giveUpAt, giveUpAt <= now, search.isJoining || room.relays.relays.count > 1 { throw tookTooLong(search) }
    defer { reported = search.reported }
    let paired = try search.step(set, now: now)
    events += search.takeEvents()
    if search.takeWaiting() { noteWaiting(now) }
    guard let paired else {
      state = .searching(search)
      return nil
    }
    noteWelcomed(now)
    state = .done
    if !isConnecting { retries.giveUpAt = nil }
    return paired.candidate()
  }

  private func tookTooLong(_ search: RelaySearch) -> Failure {
    let option = isConnecting ? "--timeout" : nil
    let limit = timeout ?? .zero
    if search.isWaiting { return .reach(.nobodyCame(room.route, within: limit, option: option)) }
    return .reach(.timedOut(room.route, within: limit, option: option))
  }

  private mutating func noteWaiting(_ now: Instant) {
    // A peer that comes back knows the way.
    if !retries.isReconnecting { events.append(.waiting(at: room.route, options: peerOptions)) }
    if staysInRoom { retries.giveUpAt = nil }
    returnsAfterCaller = false
    noteWelcomed(now)
  }

  /// Notes that a relay lets this end wait, or has paired it.
  private mutating func noteWelcomed(_ now: Instant) {
    hasWaited = true
    waitingSince = waitingSince ?? now
    failingSince = nil
    retries.succeeded()
  }

  /// Prepares for the next try after a failure.
  /// - Returns: false if there is none: one try is all, or the failure does not pass, or the time is over.
  mutating func tryAgain(after failure: Failure, now: Instant) -> Bool {
    let since = failingSince ?? now
    failingSince = since
    let lastTryAt = isUnbounded(failure) ? nil : since + timeForTries(after: failure)
    let isPassing = failure.mayPass && retries.isInTime(now)
    guard outlastsAll || isPassing && lastTryAt.map({ now < $0 }) ?? true else { return false }
    // Only a stay longer than the longest pause resets the backoff.
    if let since = waitingSince.take(), now - since > RelayReach.pauseMax { retries.reset() }
    if !isConnecting { retries.giveUpAt = nil }
    let next = retries.next(after: failure, now: now, &events)
    state = .pausing(until: outlastsAll ? next : min(next, lastTryAt ?? next))
    return true
  }

  /// Whether this end tries again after any failure, without end.
  private var outlastsAll: Bool { retries.isReconnecting || (servesAgain || returnsAfterCaller) && hasWaited }

  /// Whether nothing but ``giveUpAt`` bounds the tries after a failure that may pass.
  private func isUnbounded(_ failure: Failure) -> Bool {
    // Of several relays the two ends may have taken different ones at first.
    if case .entry = failure { return triesAgain || room.relays.relays.count > 1 }
    return triesAgain
  }

  private func timeForTries(after failure: Failure) -> Duration {
    if case .entry = failure { return .zero }
    if failure.isOfOldLinks { return RelayReach.oldLinksTime }
    if hasWaited { return RelayReach.restartTime }
    return failure.isOfReplacement ? RelayReach.replacementTime : .zero
  }
}
