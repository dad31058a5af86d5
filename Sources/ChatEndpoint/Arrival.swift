import Basics
import ChatProtocol
import Glibc
import Sockets

/// How an endpoint comes to a link: it listens, it dials, or it visits a relay that joins it with the other one. Names are looked
/// up on the way, without holding up the loop.
///
/// A host that keeps and has waited at its relay once goes on trying to, whatever happens there: conversations that still hold the
/// room, a relay that is full, restarted or gone for a while.
@MainActor
struct Arrival {
  /// What a step came to.
  enum Outcome: ~Copyable {
    case nothing
    /// - peer: what the newcomer is called here.
    case arrived(Socket, from: SocketAddress, peer: String)
    case failed(Departure)
  }

  enum State {
    /// Looking up where to listen or to dial.
    case resolving(Resolver)
    case dialling(ConnectionRace)
    /// A relay was dialled; we are to be joined there.
    case visiting(Visit)
    case listening(Listener)
    /// The relay is to be asked again.
    case pausing(until: Instant)
    /// A dialled link is up, or there will never be one.
    case done
  }

  private let role: Settings.Role
  private(set) var state = State.done
  private var happenings: [Happening] = []
  /// When dialling has taken too long.
  private var giveUpAt: Instant?
  /// Whether a host was ever let into its room: it has found the right relay, then.
  private var wasLetIn = false
  /// When the host was let in, until the first failure after that.
  private var inSince: Instant?
  /// How long the relay is left in peace before it is asked again. At first not long: it may only not have seen the end of the
  /// conversation yet that we have. Doubled each time, so that we do not use up what our address may ask in a minute.
  private var pause = Arrival.pauseAtFirst
  private static let pauseAtFirst = Duration.milliseconds(100)
  private static let pauseAtMost = Duration.seconds(30)
  /// From a pause this long on the person is told why, once for each reason.
  private static let pauseTold = Duration.seconds(1)
  private var toldReason: Substring?
  /// When listening goes on after the system had no descriptor for a newcomer.
  private var listenAgainAt: Instant?
  /// How long to try to reach the relay to wait at.
  private static let relayTimeout = Duration.seconds(30)
  private static let outOfDescriptorsPause = Duration.seconds(1)
  /// What a peer without a host name is called.
  private static let nameless = "peer"

  /// Begins. Listening on all addresses or on a socket file succeeds or fails at once.
  init(_ role: Settings.Role, now: Instant) throws(Departure) {
    self.role = role
    // One from an earlier run would mislead whoever waits for it.
    if case .serve(let listening) = role, let path = listening.portFile {
      try Arrival.portFile(path) { () throws(SystemError) in try FileWriting.remove(path) }
    }
    try begin(now)
  }

  private mutating func begin(_ now: Instant) throws(Departure) {
    do throws(SystemError) {
      switch role {
      case .connect(let target, let timeout):
        happenings = [.connecting(to: target.description)]
        giveUpAt = now + timeout
        switch target {
        case .host(let host, let port), .room(_, let host, let port):
          state = .resolving(try Resolver(host: host, port: port))
        case .unix(let path):
          state = .dialling(ConnectionRace(to: [try SocketAddress(unixPath: path)], now: now.sinceOrigin))
        }
      case .serve(let listening):
        switch listening.place {
        case .at(.host(let host, let port)):
          state = .resolving(try Resolver(host: host, port: port, toListen: true))
        case .room(_, let relay, let port):
          happenings = [.connecting(to: Target.host(relay, port: port).description)]
          giveUpAt = now + Arrival.relayTimeout
          state = .resolving(try Resolver(host: relay, port: port))
        case .at(.everywhere), .at(.unix): break
        }
      }
    } catch {
      throw Departure(.cannotCreate, "cannot begin: \(error)")
    }
    if case .serve(let listening) = role, case .done = state { try listen(listening, at: []) }
  }

  /// Whether another one is waited for after a conversation.
  var keeps: Bool {
    if case .serve(let listening) = role { listening.keeps } else { false }
  }

  /// A conversation is over and the next is waited for. A listener listens anyway; a relay is to be asked again.
  mutating func waitAgain(now: Instant) {
    guard case .serve(let listening) = role, case .room(_, let relay, let port) = listening.place else { return }
    pause = Arrival.pauseAtFirst
    happenings = [.connecting(to: Target.host(relay, port: port).description)]
    state = .pausing(until: now)
  }

  /// What happened since the last call.
  mutating func takeHappenings() -> [Happening] {
    defer { happenings = [] }
    return happenings
  }

  /// When ``step(_:now:)`` is due at the latest.
  var deadline: Instant? {
    switch state {
    case .resolving: giveUpAt
    case .dialling(let dialer): [dialer.deadline.map(Instant.init(sinceOrigin:)), giveUpAt].compactMap(\.self).min()
    case .visiting(let visit): [visit.deadline, giveUpAt].compactMap(\.self).min()
    case .pausing(let until): until
    case .listening: listenAgainAt
    case .done: nil
    }
  }

  func watch(in set: inout PollSet) {
    switch state {
    case .resolving(let resolver): set.watch(resolver.number, for: .reading)
    case .dialling(let dialer): for number in dialer.numbers { set.watch(number, for: .writing) }
    case .visiting(let visit): visit.watch(in: &set)
    case .listening(let listener):
      if listenAgainAt == nil { for number in listener.numbers { set.watch(number, for: .reading) } }
    case .pausing, .done: break
    }
  }

  /// Goes on, by one step: at most one newcomer arrives a turn.
  mutating func step(_ set: borrowing PollSet, now: Instant) -> Outcome {
    do throws(Departure) {
      if let giveUpAt, giveUpAt <= now { throw tookTooLong }
      switch state {
      case .resolving(let resolver):
        guard let result = resolver.result() else { return .nothing }
        try resolved(result, now: now)
        // Dialling begins at once: the next turn could be long in coming.
        guard case .dialling(let dialer) = state else { return .nothing }
        return try dial(dialer, set, now: now)
      case .dialling(let dialer): return try dial(dialer, set, now: now)
      case .visiting(let visit): return try visiting(visit, now: now)
      case .pausing(let until):
        guard until <= now else { return .nothing }
        let told = happenings
        try begin(now)
        // That was told when it was first tried.
        happenings = told
        return .nothing
      case .listening(let listener): return try accept(listener, set, now: now)
      case .done: return .nothing
      }
    } catch {
      finish()
      guard keeps, wasLetIn else { return .failed(error) }
      tryAgain(after: error, now: now)
      return .nothing
    }
  }

  private mutating func tryAgain(after failure: Departure, now: Instant) {
    // A stay that was no more than a moment is no reason to begin anew.
    if let since = inSince.take(), now - since > Arrival.pauseAtMost { pause = Arrival.pauseAtFirst }
    state = .pausing(until: now + pause)
    // What to do, which a sentence gives behind a semicolon, is what we do.
    if pause >= Arrival.pauseTold, let reason = failure.sentence?.split(separator: "; ").first, reason != toldReason {
      toldReason = reason
      happenings.append(.note("\(reason); still trying"))
    }
    pause = min(pause * 2, Arrival.pauseAtMost)
  }

  private mutating func finish() {
    state = .done
    giveUpAt = nil
  }

  // MARK: Dialling

  private mutating func resolved(
    _ result: Result<[SocketAddress], Resolver.Failure>, now: Instant
  ) throws(Departure) {
    let addresses: [SocketAddress]
    switch result {
    case .success(let found): addresses = found
    case .failure(let failure): throw .unresolved(host, failure)
    }
    switch role {
    case .connect: state = .dialling(ConnectionRace(to: addresses, now: now.sinceOrigin))
    case .serve(let listening):
      if case .room = listening.place {
        state = .dialling(ConnectionRace(to: addresses, now: now.sinceOrigin))
      } else {
        try listen(listening, at: addresses)
      }
    }
  }

  /// The name that is looked up.
  private var host: String {
    switch role {
    case .connect(.host(let host, _), _), .connect(.room(_, let host, _), _): return host
    case .serve(let listening):
      switch listening.place {
      case .at(.host(let host, _)), .room(_, let host, _): return host
      case .at(.everywhere), .at(.unix): break
      }
    case .connect(.unix, _): break
    }
    preconditionFailure("only names are looked up")
  }

  /// What is dialled, or waited at.
  private var target: Target {
    switch role {
    case .connect(let target, _): return target
    case .serve(let listening):
      guard case .room(let room, let relay, let port) = listening.place else {
        preconditionFailure("who listens does not dial")
      }
      return .room(room, relay: relay, port: port)
    }
  }

  /// Why we give up when time is over.
  private var tookTooLong: Departure {
    if case .connect(let target, let timeout) = role {
      let limit = "within \(timeout.components.seconds) s (--timeout)"
      if case .visiting(let visit) = state, visit.isWaiting {
        return Departure(.unavailable, "nobody else came to \(target) \(limit)")
      }
      return Departure(.unavailable, "cannot reach \(target): no answer \(limit)")
    }
    return Departure(
      .unavailable, "cannot reach \(target): no answer within \(Arrival.relayTimeout.components.seconds) s")
  }

  private mutating func dial(
    _ dialer: ConnectionRace, _ set: borrowing PollSet, now: Instant
  ) throws(Departure) -> Outcome {
    let ready = dialer.numbers.reduce(into: [CInt: Readiness]()) { $0[$1] = set.readiness(of: $1) }
    switch dialer.step(now: now.sinceOrigin, readiness: { ready[$0] ?? [] }) {
    case .waiting: return .nothing
    case .failed(let failures):
      if case .room(_, let relay, let port) = target {
        throw .unreachable(.host(relay, port: port), failures, what: "the relay ")
      }
      throw .unreachable(target, failures)
    case .connected(let socket, let address):
      if case .room(let room, _, _) = target {
        state = .visiting(Visit(socket, to: address, target, joining: room, now: now))
        return .nothing
      }
      finish()
      let peer = if case .host(let host, _) = target { host } else { Arrival.nameless }
      return .arrived(socket, from: address, peer: peer)
    }
  }

  // MARK: Visiting a relay

  private mutating func visiting(_ visit: Visit, now: Instant) throws(Departure) -> Outcome {
    let isJoined = try visit.step(now: now)
    if visit.takeWaiting() {
      happenings.append(.waiting(at: target))
      // Who serves waits as long as it takes.
      if case .serve = role { giveUpAt = nil }
      letIn(now)
    }
    guard isJoined else { return .nothing }
    letIn(now)
    finish()
    return .arrived(visit.take(), from: visit.address, peer: Arrival.nameless)
  }

  private mutating func letIn(_ now: Instant) {
    wasLetIn = true
    inSince = inSince ?? now
    toldReason = nil
  }

  // MARK: Listening

  private mutating func listen(_ listening: Settings.Listening, at addresses: [SocketAddress]) throws(Departure) {
    guard case .at(let place) = listening.place else { preconditionFailure("a relay listens in our stead") }
    let listener: Listener
    do throws(ListeningFailure) { listener = try place.listen(at: addresses) } catch { throw .cannotListen(error) }
    state = .listening(listener)
    let isUnix = if case .unix = place { true } else { false }
    let port = listener.addresses[0].port
    if let path = listening.portFile {
      try Arrival.portFile(path) { () throws(SystemError) in try FileWriting.replace(path, with: "\(port)\n") }
    }
    happenings.append(.listening(addresses: listener.addresses.map(\.description), port: isUnix ? nil : port))
  }

  private static func portFile(_ path: String, _ write: () throws(SystemError) -> Void) throws(Departure) {
    do throws(SystemError) { try write() } catch {
      throw Departure(.cannotCreate, "cannot write the port file \(path): \(error)")
    }
  }

  private mutating func accept(
    _ listener: Listener, _ set: borrowing PollSet, now: Instant
  ) throws(Departure) -> Outcome {
    if let again = listenAgainAt, again <= now { listenAgainAt = nil }
    for number in listener.numbers where set.readiness(of: number).contains(.readable) {
      do throws(SystemError) {
        guard let accepted = try listener.accept(on: number) else { continue }
        let address = accepted.address
        return .arrived(accepted.take(), from: address, peer: address.family == .unix ? Arrival.nameless : address.host)
      } catch {
        guard error.isShortage else {
          throw Departure(.internalFault, "accepting failed: \(error)")
        }
        // The newcomer stays in the kernel's queue; looking again at once would only spin.
        listenAgainAt = now + Arrival.outOfDescriptorsPause
        happenings.append(.note("cannot let anybody in now: \(error)"))
      }
    }
    return .nothing
  }
}
