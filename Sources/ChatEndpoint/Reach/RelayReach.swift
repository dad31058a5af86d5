import Basics
import ChatProtocol
import Sockets

/// Comes to a link through a relay: dials the relay, joins a room there, and waits to be paired with the peer.
///
/// An endpoint that serves again goes on trying once the relay has let it wait. So it outlasts a room that an old pair
/// still holds and a relay that is full, restarted or gone for a while.
///
/// Once it was paired, it can reconnect: it joins with the same side, so that the relay takes it for the guest whose
/// link is gone, and any failure may pass.
@MainActor
struct RelayReach {
  enum State {
    case dialling(Connector)
    case joining(RelayLink)
    /// The relay is to be asked again at this instant.
    case pausing(until: Instant)
    /// This end is paired, or never will be.
    case done
  }

  let room: RelayRoom
  private let peerOptions: String
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
  /// The last instant for reaching the relay. For an end that connects it bounds the wait in the room, and the time
  /// until the peer has let it in.
  private(set) var giveUpAt: Instant?
  /// Whether a caller was not let in, and the relay has not let this end wait since. A caller must not be able to end
  /// the waiting, by staying in the room for example.
  private var returnsAfterCaller = false
  /// Whether the relay ever let this end wait, which shows that it is the right one.
  private var hasWaited = false
  /// The instant from which the relay lets this end wait; nil after a failure.
  private var waitingSince: Instant?
  private(set) var retries = Retries(
    from: .milliseconds(100), to: RelayReach.pauseMax, reportedFrom: .seconds(1))
  private var random = SystemRandomNumberGenerator()
  /// The side by which the relay knows this end again. It lasts for one conversation.
  private(set) var side: RelaySide
  /// Whether this end was paired before, in the same conversation.
  private var isReconnecting = false
  private static let pauseMax = Duration.seconds(30)
  /// The time for reaching a relay to wait at.
  private static let relayTimeout = Duration.seconds(30)
  /// The last failure of an end that tries again.
  private var failure: Failure?

  /// Waits in a room.
  /// - Parameter peerOptions: what the peer's command line needs beside the room.
  init(waitingAt room: RelayRoom, servesAgain: Bool, peerOptions: String = "", now: Instant) throws(Failure) {
    self.room = room
    self.peerOptions = peerOptions
    side = .random(using: &random)
    self.servesAgain = servesAgain
    isConnecting = false
    (triesAgain, staysInRoom) = (false, true)
    timeout = RelayReach.relayTimeout
    try begin(now)
  }

  /// Connects to the peer that waits in a room, within a time if there is one.
  init(connectingTo room: RelayRoom, _ dialling: Settings.Dialling, now: Instant) throws(Failure) {
    self.room = room
    peerOptions = ""
    side = .random(using: &random)
    (timeout, triesAgain, staysInRoom) = (dialling.timeout, dialling.triesAgain, dialling.staysInRoom)
    servesAgain = false
    isConnecting = true
    giveUpAt = timeout.map { now + $0 }
    try begin(now)
  }

  private mutating func begin(_ now: Instant) throws(Failure) {
    if !isConnecting, !isReconnecting, let timeout { giveUpAt = now + timeout }
    let isOneOfMany = triesAgain || isReconnecting
    let limit = isOneOfMany ? Connector.attemptTimeout : timeout
    let option = isConnecting && !isOneOfMany ? "--timeout" : nil
    state = .dialling(try Connector(to: room.route, timeout: limit, triesAgain: false, option: option, now: now))
    events.append(.connecting(to: isConnecting ? room.route.description : room.relay.description))
  }

  /// Prepares for the next pairing, after a conversation is over or a caller was not let in.
  /// - Parameter wasUseful: whether the conversation lasted or carried messages. After useless ones the pauses grow, so
  ///   that a relay that pairs and closes at once is not asked without end.
  mutating func again(wasUseful: Bool, now: Instant) {
    if wasUseful { retries.reset() }
    isReconnecting = false
    side = .random(using: &random)
    returnsAfterCaller = true
    events.append(.connecting(to: room.relay.description))
    state = .pausing(until: wasUseful ? now : now + retries.pause())
  }

  /// Joins again, because the link that was made is gone and the conversation is not over.
  /// - Parameter wasUseful: whether that link lasted or carried messages. After useless ones the pauses grow.
  mutating func reconnect(wasUseful: Bool, now: Instant) {
    isReconnecting = true
    giveUpAt = nil
    waitingSince = nil
    if wasUseful { retries.reset() }
    state = .pausing(until: now + retries.pause())
  }

  /// Ends what is under way, because there is a link.
  mutating func stop() { state = .done }

  /// Notes that the network may have changed: a pause ends, a try gets little more time, and an end that waits to be
  /// paired again does so on a new link to the relay.
  mutating func networkChanged(now: Instant) {
    switch state {
    case .dialling(var connector):
      connector.networkChanged(now: now)
      state = .dialling(connector)
    case .joining where isReconnecting: state = .pausing(until: now)
    case .pausing:
      retries.reset()
      state = .pausing(until: now)
    case .joining, .done: break
    }
  }

  /// The instant at which ``step(_:now:)`` is due at the latest.
  var deadline: Instant? {
    switch state {
    case .dialling(let connector): nearest(connector.deadline, giveUpAt)
    case .joining(let link): nearest(link.deadline, giveUpAt)
    case .pausing(let until): nearest(until, giveUpAt)
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

  /// Takes the next step.
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
        if let giveUpAt, giveUpAt <= now, let failure { throw failure }
        guard until <= now else { return nil }
        let before = events
        try begin(now)
        // The first try was reported; a retry is not.
        events = before
        return nil
      case .done: return nil
      }
    } catch {
      state = .done
      if !triesAgain { giveUpAt = nil }
      guard tryAgain(after: error, now: now) else { throw error }
      return nil
    }
  }

  private mutating func join(_ link: RelayLink, now: Instant) throws(Failure) -> Candidate? {
    if let giveUpAt, giveUpAt <= now { throw tookTooLong(link) }
    let isPaired = try link.step(now: now)
    if link.takeWaiting() {
      // A peer that comes back knows the way.
      if !isReconnecting { events.append(.waiting(at: room.route, options: peerOptions)) }
      if staysInRoom { giveUpAt = nil }
      returnsAfterCaller = false
      noteWelcomed(now)
    }
    guard isPaired else { return nil }
    noteWelcomed(now)
    state = .done
    if !isConnecting { giveUpAt = nil }
    return link.candidate()
  }

  private func tookTooLong(_ link: RelayLink) -> Failure {
    let option = isConnecting ? "--timeout" : nil
    let limit = timeout ?? .zero
    if link.isWaiting { return .reach(.nobodyCame(room.route, within: limit, option: option)) }
    return .reach(.timedOut(room.route, within: limit, option: option))
  }

  /// Notes that the relay lets this end wait, or has paired it.
  private mutating func noteWelcomed(_ now: Instant) {
    hasWaited = true
    waitingSince = waitingSince ?? now
    retries.succeeded()
  }

  /// Prepares for the next try after a failure.
  /// - Returns: false if there is none: one try is all, or the failure does not pass, or the time is over.
  mutating func tryAgain(after failure: Failure, now: Instant) -> Bool {
    let isInTime = giveUpAt.map { now < $0 } ?? true
    let outlasts = isReconnecting || (servesAgain || returnsAfterCaller) && hasWaited
    guard outlasts || triesAgain && failure.mayPass && isInTime else { return false }
    // Only a stay longer than the longest pause resets the backoff.
    if let since = waitingSince.take(), now - since > RelayReach.pauseMax { retries.reset() }
    self.failure = failure
    let (pause, report) = retries.pause(after: failure)
    if let report { events.append(report) }
    state = .pausing(until: now + pause)
    return true
  }
}
