import Basics
import Sockets

/// Dials: looks a name up and connects to the first of its addresses that accepts, within a time.
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
    case done
  }

  private let route: Route
  private let timeout: Duration
  /// The option that sets the timeout, for the sentence that reports it.
  private let option: String?
  private let giveUpAt: Instant
  private var state: State
  var events: [EndpointEvent]

  /// Begins to dial a host or a socket file, or the relay of a room.
  init(to route: Route, timeout: Duration, option: String?, now: Instant) throws(Failure) {
    self.route = route
    self.timeout = timeout
    self.option = option
    giveUpAt = now + timeout
    events = [.connecting(to: route.description)]
    do throws(SystemError) {
      switch route {
      case .direct(let place), .room(_, let place):
        state = .resolving(try Resolver(host: place.host, port: place.port), host: place.host)
      case .socketFile(let path):
        state = .dialling(ConnectionRace(to: [try SocketAddress(unixPath: path)], now: now.sinceOrigin))
      }
    } catch {
      throw .reach(.cannotBegin(error))
    }
  }

  /// The host and port that is dialled; nil for a socket file.
  var place: HostPort? { if case .direct(let place) = route { place } else { nil } }

  var deadline: Instant? {
    switch state {
    case .resolving: giveUpAt
    case .dialling(let dialer): nearest(dialer.deadline.map(Instant.init(sinceOrigin:)), giveUpAt)
    case .done: nil
    }
  }

  func watch(in set: inout PollSet) {
    switch state {
    case .resolving(let resolver, _): set.watch(resolver.number, for: .reading)
    case .dialling(let dialer): for number in dialer.numbers { set.watch(number, for: .writing) }
    case .done: break
    }
  }

  /// Takes the next step.
  /// - Returns: the connected socket, once.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> Dialled? {
    do throws(Failure) {
      if case .done = state { return nil }
      if giveUpAt <= now { throw .reach(.timedOut(route, within: timeout, option: option)) }
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
      throw error
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
      return Dialled(socket, to: address)
    }
  }

  /// Makes a candidate of a direct link.
  func candidate(_ dialled: consuming Dialled) -> Candidate {
    let peerLabel = if case .direct(let place) = route { place.host } else { Candidate.nameless }
    let address = dialled.address
    return Candidate(dialled.takeSocket(), to: address, peerLabel: peerLabel, position: .second, isRequested: true)
  }
}
