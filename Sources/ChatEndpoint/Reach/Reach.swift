import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The way of an endpoint to its links: it listens, it dials, or a relay pairs it with the peer. It yields candidates
/// and decides nothing about them.
@MainActor
enum Reach {
  /// Nobody is to be reached now: a person has to type a code first.
  case idle
  case acceptor(Acceptor)
  case connector(Connector)
  case relay(RelayReach)
  case both(TwoWays)

  /// The result of a step.
  enum Outcome: ~Copyable {
    case nothing
    case candidate(Candidate)
    case failed(Failure)
  }

  /// Begins to listen or to dial. Listening on all addresses or on a socket file succeeds or fails at once.
  /// - Parameters:
  ///   - settings: the way, and the pass for relays.
  ///   - code: the pairing code, which names a room at a relay; nil while there is none.
  init(_ settings: Settings, code: PairingCode?, now: Instant) throws(Failure) {
    let pass = settings.relayPass
    switch settings.role {
    case .serve(let serving):
      if let path = serving.portFile { try PortFile.remove(path) }
      self = try Reach(serving, code: code, settings, now: now)
    case .connectByCode(let relays, let dialling):
      guard let code else {
        self = .idle
        return
      }
      let room = RelayRoom(code.room, at: relays)
      self = .relay(try RelayReach(connectingTo: room, dialling, pass: pass, now: now))
    case .connect(.room(let room, let relays), let dialling):
      let room = RelayRoom(room, at: relays)
      self = .relay(try RelayReach(connectingTo: room, dialling, pass: pass, now: now))
    case .connect(let route, let dialling): self = .connector(try Connector(to: route, dialling, now: now))
    case .connectBothWays(let route, let room, let dialling):
      let connector = try Connector(to: route, dialling, now: now)
      let relay = try RelayReach(connectingTo: room, dialling, pass: pass, now: now)
      self = .both(TwoWays(.connector(connector), relay, needsAddress: false))
    }
  }

  private init(
    _ serving: Settings.Serving, code: PairingCode?, _ settings: Settings, now: Instant
  ) throws(Failure) {
    let (again, peerOptions, pass) = (serving.servesAgain, settings.peerOptions, settings.relayPass)
    switch serving.waitsAt {
    case .address(let address):
      self = .acceptor(
        try Acceptor(address, portFile: serving.portFile, servesAgain: again, peerOptions: peerOptions))
    case .room(let room):
      self = .relay(
        try RelayReach(waitingAt: room, servesAgain: again, pass: pass, peerOptions: peerOptions, now: now))
    case .codeRoom(let relays):
      guard let code else {
        self = .idle
        return
      }
      let room = RelayRoom(code.room, at: relays)
      self = .relay(try RelayReach(waitingAt: room, servesAgain: again, pass: pass, now: now))
    case .both(let address, let room, let needsAddress):
      var relay = try RelayReach(waitingAt: room, servesAgain: again, pass: pass, now: now)
      do throws(Failure) {
        let acceptor = try Acceptor(address, portFile: serving.portFile, servesAgain: again)
        self = .both(TwoWays(.acceptor(acceptor), relay, needsAddress: needsAddress))
      } catch {
        guard !needsAddress else { throw error }
        relay.events.append(TwoWays.note(error, ofRelay: false))
        self = .relay(relay)
      }
    }
  }

  /// Whether this end waits for another link after a conversation.
  var servesAgain: Bool {
    switch self {
    case .idle: false
    case .acceptor(let acceptor): acceptor.servesAgain
    case .connector: false
    case .relay(let relay): relay.servesAgain
    case .both(let both): both.address.servesAgain
    }
  }

  /// Whether this end waits for a peer to come, rather than dials it.
  var waits: Bool {
    switch self {
    case .acceptor: true
    case .connector, .idle: false
    case .relay(let relay): !relay.isConnecting
    case .both(let both): both.address.waits
    }
  }

  /// The room where the two meet; nil without a relay.
  var room: RelayRoom? {
    switch self {
    case .relay(let relay): relay.room
    case .both(let both): both.room.room
    case .idle, .acceptor, .connector: nil
    }
  }

  /// The relays at one of which the two meet; nil without one.
  var relays: RelayList? { room?.relays }

  /// The address that this end dials, as a user types it; nil if it dials none but a relay.
  var dialledAddress: String? {
    switch self {
    case .connector(let connector): connector.place
    case .both(let both): both.address.dialledAddress
    case .idle, .acceptor, .relay: nil
    }
  }

  /// The options of `serve` with which somebody listens again where this end listens, or where it dials.
  var listeningOptions: String {
    switch self {
    case .acceptor(let acceptor): acceptor.options
    case .connector(let connector): connector.peerOptions
    case .both(let both): both.address.listeningOptions
    case .idle, .relay: ""
    }
  }

  /// When an end that connects to its peer gives up; nil without a limit.
  var giveUpAt: Instant? {
    switch self {
    case .connector(let connector): connector.giveUpAt
    case .relay(let relay) where relay.isConnecting: relay.giveUpAt
    case .both(let both): both.giveUpAt
    case .relay, .acceptor, .idle: nil
    }
  }

  /// The instant at which ``step(_:now:)`` is due at the latest.
  var deadline: Instant? {
    switch self {
    case .idle: nil
    case .acceptor(let acceptor): acceptor.deadline
    case .connector(let connector): connector.deadline
    case .relay(let relay): relay.deadline
    case .both(let both): both.deadline
    }
  }

  func watch(in set: inout PollSet) {
    switch self {
    case .idle: break
    case .acceptor(let acceptor): acceptor.watch(in: &set)
    case .connector(let connector): connector.watch(in: &set)
    case .relay(let relay): relay.watch(in: &set)
    case .both(let both): both.watch(in: &set)
    }
  }

  /// Takes the next step. It yields at most one candidate in each turn.
  mutating func step(_ set: borrowing PollSet, now: Instant) -> Outcome {
    do throws(Failure) {
      switch self {
      case .idle: return .nothing
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
      case .both(var both):
        defer { self = .both(both) }
        return both.step(set, now: now)
      }
    } catch {
      return .failed(error)
    }
  }

  /// Prepares for the link of the next conversation, after one is over. A listener still listens; a relay is to be
  /// asked again.
  /// - Parameter wasUseful: whether the conversation lasted or carried messages.
  mutating func again(wasUseful: Bool, now: Instant) {
    switch self {
    case .idle, .acceptor, .connector: break
    case .relay(var relay):
      relay.again(wasUseful: wasUseful, now: now)
      self = .relay(relay)
    case .both(var both):
      both.again(wasUseful: wasUseful, now: now)
      self = .both(both)
    }
  }

  /// Tries again after a link was made and failed before the peer had let this end in.
  /// - Parameter atRelay: whether a relay made the link.
  /// - Returns: false if this end does not try again, or the failure does not pass, or the time is over.
  mutating func tryAgain(after failure: Failure, atRelay: Bool, now: Instant) -> Bool {
    switch self {
    case .connector(var connector):
      defer { self = .connector(connector) }
      return connector.tryAgain(after: failure, now: now)
    case .relay(var relay):
      defer { self = .relay(relay) }
      return relay.tryAgain(after: failure, now: now)
    case .both(var both):
      defer { self = .both(both) }
      return both.tryAgain(after: failure, atRelay: atRelay, now: now)
    case .acceptor, .idle: return false
    }
  }

  /// Begins to make the next link of the same conversation, whose present one is gone. A listener still listens; a
  /// connector dials again; a relay is joined again with the same side. All of it goes on without a limit.
  /// - Parameter wasUseful: whether that link lasted or carried messages. After useless ones the pauses grow.
  mutating func reconnect(wasUseful: Bool, now: Instant) {
    switch self {
    case .idle, .acceptor: break
    case .connector(var connector):
      connector.reconnect(wasUseful: wasUseful, now: now)
      self = .connector(connector)
    case .relay(var relay):
      relay.reconnect(wasUseful: wasUseful, now: now)
      self = .relay(relay)
    case .both(var both):
      both.reconnect(wasUseful: wasUseful, now: now)
      self = .both(both)
    }
  }

  /// Ends what is under way, because there is a link. A listener still listens.
  mutating func stop() {
    switch self {
    case .idle, .acceptor: break
    case .connector(var connector):
      connector.stop()
      self = .connector(connector)
    case .relay(var relay):
      relay.stop()
      self = .relay(relay)
    case .both(var both):
      both.stop()
      self = .both(both)
    }
  }

  /// Notes that the network may have changed, or that the machine has slept: what is on its way may never arrive, and
  /// what failed may be possible now.
  mutating func networkChanged(now: Instant) {
    switch self {
    case .idle, .acceptor: break
    case .connector(var connector):
      connector.networkChanged(now: now)
      self = .connector(connector)
    case .relay(var relay):
      relay.networkChanged(now: now)
      self = .relay(relay)
    case .both(var both):
      both.networkChanged(now: now)
      self = .both(both)
    }
  }

  /// The events since the last call.
  mutating func takeEvents() -> [EndpointEvent] {
    switch self {
    case .idle: return []
    case .acceptor(var acceptor):
      defer { self = .acceptor(acceptor) }
      return acceptor.events.takeAll()
    case .connector(var connector):
      defer { self = .connector(connector) }
      return connector.events.takeAll()
    case .relay(var relay):
      defer { self = .relay(relay) }
      return relay.events.takeAll()
    case .both(var both):
      defer { self = .both(both) }
      return both.takeEvents()
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
