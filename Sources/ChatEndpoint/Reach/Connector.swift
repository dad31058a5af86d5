import Basics
import Sockets

/// Dials: looks a name up and connects to the first of its addresses that accepts, within a time. A connector that
/// tries again dials after a failure that may pass, such as when nobody listens there yet.
///
/// Once its link has come up and broken, it can reconnect. Then nothing bounds the tries, and any failure may pass: the
/// peer was there, so the network is at fault, the name service included.
@MainActor
struct Connector {
  /// A connected socket.
  struct Dialled: ~Copyable {
    private let socket: Socket
    let address: SocketAddress

    init(_ socket: consuming Socket, to address: SocketAddress) {
      self.socket = socket
      self.address = address
    }

    /// Hands the socket to its owner.
    consuming func takeSocket() -> Socket { socket }
  }

  private enum State {
    case resolving(Resolver, host: String)
    case dialling(ConnectionRace)
    /// The next try begins at this instant.
    case pausing(until: Instant)
    case done
  }

  private let route: Route
  /// nil for no limit.
  private let timeout: Duration?
  private let triesAgain: Bool
  /// The option that sets the timeout, for the sentence that reports it.
  private let option: String?
  private var state: State
  var events: [EndpointEvent]
  /// The last instant for this try. One that tries again does not leave it to the kernel, which sends its next SYN
  /// later and later.
  private var attemptEndsAt: Instant?
  static let attemptTimeout = Duration.seconds(15)
  /// When this try begins anew, because the network has changed since it began; nil if it has not.
  private var restartAt: Instant?
  /// The time that a try still gets then. It may be under way on a part of the network that is as it was.
  private static let graceAfterChange = Duration.seconds(2)
  /// A person who starts the other side sees the conversation begin within some seconds.
  private(set) var retries = Retries(from: .milliseconds(250), to: .seconds(5), reportedFrom: .zero)

  /// Begins to dial a host or a socket file, or the relay of a room.
  init(to route: Route, timeout: Duration?, triesAgain: Bool, option: String?, now: Instant) throws(Failure) {
    self.route = route
    self.timeout = timeout
    self.triesAgain = triesAgain
    self.option = option
    retries.giveUpAt = timeout.map { now + $0 }
    attemptEndsAt = triesAgain ? now + Connector.attemptTimeout : nil
    events = [.connecting(to: route.description)]
    state = try Connector.begin(route, now: now)
  }

  /// Begins to dial as `connect` does.
  init(to route: Route, _ dialling: Settings.Dialling, now: Instant) throws(Failure) {
    try self.init(
      to: route, timeout: dialling.timeout, triesAgain: dialling.triesAgain, option: "--timeout", now: now)
  }

  private static func begin(_ route: Route, now: Instant) throws(Failure) -> State {
    do throws(SystemError) {
      switch route {
      case .socketFile(let path):
        return .dialling(ConnectionRace(to: [try SocketAddress(unixPath: path)], now: now.sinceOrigin))
      case .direct, .room:
        guard let place = route.dialled?.place else { preconditionFailure("these have a host") }
        return .resolving(try Resolver(host: place.host, port: place.port), host: place.host)
      }
    } catch {
      throw .reach(.cannotBegin(error))
    }
  }

  /// When it gives up, and when a link that it made must be let in; nil without a limit.
  var giveUpAt: Instant? { retries.giveUpAt }

  /// The address that is dialled, as a user types it; nil for a room's relay, and for a socket file whose path depends
  /// on the working directory.
  var place: String? {
    switch route {
    case .socketFile(let path) where !path.hasPrefix("/"): nil
    case .direct, .socketFile: route.description
    case .room: nil
    }
  }

  /// The options of `serve` with which the peer listens there.
  var peerOptions: String {
    switch route {
    case .direct(let place): ListeningAddress.everywhere(port: place.port).options
    case .socketFile(let path): ListeningAddress.unix(path: path).options
    case .room: ""
    }
  }

  var deadline: Instant? {
    switch state {
    case .resolving: nearest(giveUpAt, attemptEndsAt, restartAt)
    case .dialling(let dialer):
      nearest(dialer.deadline.map(Instant.init(sinceOrigin:)), giveUpAt, attemptEndsAt, restartAt)
    case .pausing(let until): nearest(until, giveUpAt)
    case .done: nil
    }
  }

  func watch(in set: inout PollSet) {
    switch state {
    case .resolving(let resolver, _): set.watch(resolver.number, for: .reading)
    case .dialling(let dialer): for number in dialer.numbers { set.watch(number, for: .writing) }
    case .pausing, .done: break
    }
  }

  /// Takes the next step.
  /// - Returns: the connected socket, once.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> Dialled? {
    do throws(Failure) {
      if case .done = state { return nil }
      try checkTime(now)
      if case .pausing(let until) = state {
        guard until <= now else { return nil }
        attemptEndsAt = now + Connector.attemptTimeout
        state = try Connector.begin(route, now: now)
      } else if let restartAt, restartAt <= now {
        state = try Connector.begin(route, now: now)
        self.restartAt = nil
      }
      if case .resolving(let resolver, let host) = state {
        guard let result = resolver.result() else { return nil }
        switch result {
        case .success(let addresses): state = .dialling(ConnectionRace(to: addresses, now: now.sinceOrigin))
        case .failure(let failure): throw .reach(.lookUpFailed(host, failure))
        }
      }
      // Dialling begins in the same turn, because nothing may wake the loop for the next one.
      guard case .dialling(let dialer) = state else { return nil }
      return try dial(dialer, set, now: now)
    } catch {
      state = .done
      restartAt = nil
      guard tryAgain(after: error, now: now) else { throw error }
      return nil
    }
  }

  /// Prepares for the next try after a failure.
  /// - Returns: false if there is none: one try is all, or the failure does not pass, or the time is over.
  mutating func tryAgain(after failure: Failure, now: Instant) -> Bool {
    guard retries.isReconnecting || triesAgain && failure.mayPass && retries.isInTime(now) else { return false }
    state = .pausing(until: retries.next(after: failure, now: now, &events))
    return true
  }

  private func checkTime(_ now: Instant) throws(Failure) {
    if let giveUpAt, giveUpAt <= now {
      throw retries.failure ?? .reach(.timedOut(route, within: timeout ?? .zero, option: option))
    }
    if case .pausing = state { return }
    if let attemptEndsAt, attemptEndsAt <= now {
      throw .reach(.timedOut(route, within: Connector.attemptTimeout, option: nil))
    }
  }

  private mutating func dial(
    _ dialer: ConnectionRace, _ set: borrowing PollSet, now: Instant
  ) throws(Failure) -> Dialled? {
    let ready = dialer.numbers.reduce(into: [CInt: Readiness]()) { $0[$1] = set.readiness(of: $1) }
    switch dialer.step(now: now.sinceOrigin, readiness: { ready[$0] ?? [] }) {
    case .waiting: return nil
    case .failed(let failures): throw .reach(.unreachable(route, failures))
    case .connected(let socket, let address):
      state = .done
      restartAt = nil
      retries.succeeded()
      return Dialled(socket, to: address)
    }
  }

  /// Dials again, because the link that was made is gone and the conversation is not over.
  /// - Parameter wasUseful: whether that link lasted or carried messages. After useless ones the pauses grow.
  mutating func reconnect(wasUseful: Bool, now: Instant) {
    state = .pausing(until: retries.reconnect(wasUseful: wasUseful, now: now))
  }

  /// Ends what is under way, because there is a link.
  mutating func stop() { (state, restartAt) = (.done, nil) }

  /// Notes that the network may have changed: a pause ends, and a try gets little more time.
  mutating func networkChanged(now: Instant) {
    switch state {
    case .pausing: state = .pausing(until: retries.networkChanged(now: now))
    case .resolving, .dialling: restartAt = restartAt ?? now + Connector.graceAfterChange
    case .done: break
    }
  }

  /// Makes a candidate of a direct link.
  func candidate(_ dialled: consuming Dialled) -> Candidate {
    let peerLabel = if case .direct(let place) = route { place.host } else { Candidate.nameless }
    let address = dialled.address
    return Candidate(dialled.takeSocket(), to: address, peerLabel: peerLabel, position: .second, isRequested: true)
  }
}
