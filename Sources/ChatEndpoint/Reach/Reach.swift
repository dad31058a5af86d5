import Basics
import ChatProtocol
import Sockets

/// The way of an endpoint to its links: it listens, it dials, or a relay pairs it with the peer. It yields candidates
/// and decides nothing about them.
@MainActor
enum Reach {
  case acceptor(Acceptor)
  case connector(Connector)
  case relay(RelayReach)

  /// The result of a step.
  enum Outcome: ~Copyable {
    case nothing
    case candidate(Candidate)
    case failed(Failure)
  }

  /// Begins to listen or to dial. Listening on all addresses or on a socket file succeeds or fails at once.
  init(_ role: Settings.Role, now: Instant) throws(Failure) {
    switch role {
    case .serve(let serving):
      if let path = serving.portFile { try PortFile.remove(path) }
      switch serving.waitsAt {
      case .address(let address):
        self = .acceptor(try Acceptor(address, portFile: serving.portFile, servesAgain: serving.servesAgain))
      case .room(let room): self = .relay(try RelayReach(waitingAt: room, servesAgain: serving.servesAgain, now: now))
      }
    case .connect(.room(let room, let relay), let timeout, let waits):
      self = .relay(try RelayReach(connectingTo: RelayRoom(room, at: relay), timeout: timeout, waits: waits, now: now))
    case .connect(let route, let timeout, let waits):
      self = .connector(try Connector(to: route, timeout: timeout, waits: waits, option: "--timeout", now: now))
    }
  }

  /// Whether this end waits for another link after a conversation.
  var servesAgain: Bool {
    switch self {
    case .acceptor(let acceptor): acceptor.servesAgain
    case .connector: false
    case .relay(let relay): relay.servesAgain
    }
  }

  /// Whether this end waits for a peer to come, rather than dials it.
  var waits: Bool {
    switch self {
    case .acceptor: true
    case .connector: false
    case .relay(let relay): !relay.isConnecting
    }
  }

  /// The instant at which ``step(_:now:)`` is due at the latest.
  var deadline: Instant? {
    switch self {
    case .acceptor(let acceptor): acceptor.deadline
    case .connector(let connector): connector.deadline
    case .relay(let relay): relay.deadline
    }
  }

  func watch(in set: inout PollSet) {
    switch self {
    case .acceptor(let acceptor): acceptor.watch(in: &set)
    case .connector(let connector): connector.watch(in: &set)
    case .relay(let relay): relay.watch(in: &set)
    }
  }

  /// Takes the next step. It yields at most one candidate in each turn.
  mutating func step(_ set: borrowing PollSet, now: Instant) -> Outcome {
    do throws(Failure) {
      switch self {
      case .acceptor(var acceptor):
        defer { self = .acceptor(acceptor) }
        guard let candidate = try acceptor.step(set, now: now) else { return .nothing }
        return .candidate(candidate)
      case .connector(var connector):
        defer { self = .connector(connector) }
        guard let dialled = try connector.step(set, now: now) else { return .nothing }
        return .candidate(connector.candidate(dialled))
      case .relay(var relay):
        defer { self = .relay(relay) }
        guard let candidate = try relay.step(set, now: now) else { return .nothing }
        return .candidate(candidate)
      }
    } catch {
      return .failed(error)
    }
  }

  /// Prepares for the next link, after a conversation is over. A listener still listens; a relay is to be asked again.
  /// - Parameter wasUseful: whether the conversation lasted or carried messages.
  mutating func again(wasUseful: Bool, now: Instant) {
    guard case .relay(var relay) = self else { return }
    relay.again(wasUseful: wasUseful, now: now)
    self = .relay(relay)
  }

  /// The events since the last call.
  mutating func takeEvents() -> [EndpointEvent] {
    switch self {
    case .acceptor(var acceptor):
      defer { self = .acceptor(acceptor) }
      return acceptor.events.takeAll()
    case .connector(var connector):
      defer { self = .connector(connector) }
      return connector.events.takeAll()
    case .relay(var relay):
      defer { self = .relay(relay) }
      return relay.events.takeAll()
    }
  }
}

extension Array {
  /// Removes all elements.
  /// - Returns: the removed elements.
  mutating func takeAll() -> [Element] {
    defer { self = [] }
    return self
  }
}
