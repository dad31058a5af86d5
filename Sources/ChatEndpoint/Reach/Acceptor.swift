import Basics
import Sockets

/// Listens, and accepts callers.
@MainActor
struct Acceptor {
  private enum State {
    /// The name of the listening address is being looked up.
    case resolving(Resolver, host: String)
    case listening(Listener)
    /// It failed.
    case over
  }

  /// Whether this end waits for another link after a conversation.
  let servesAgain: Bool
  private let place: ListeningAddress
  private let portFile: String?
  private let peerOptions: String
  private var state: State
  var events: [EndpointEvent] = []
  /// The instant at which accepting goes on, after the system had no descriptor for a caller.
  private var acceptAgainAt: Instant?
  static let outOfDescriptorsDelay = Duration.seconds(1)

  /// Begins to listen. On all addresses or on a socket file that succeeds or fails at once. A name is looked up first.
  /// - Parameter peerOptions: what the peer's command line needs beside the target.
  init(
    _ place: ListeningAddress, portFile: String?, servesAgain: Bool, peerOptions: String = ""
  ) throws(Failure) {
    self.place = place
    self.peerOptions = peerOptions
    self.portFile = portFile
    self.servesAgain = servesAgain
    if case .host(let host, let port) = place {
      do throws(SystemError) {
        state = .resolving(try Resolver(host: host, port: port, toListen: true), host: host)
      } catch {
        throw .reach(.cannotBegin(error))
      }
    } else {
      let listener = try Acceptor.listen(place, at: [])
      state = .listening(listener)
      try announce(listener)
    }
  }

  var deadline: Instant? { acceptAgainAt }

  /// The options of `serve` with which this end listens there again.
  var options: String {
    let port = if case .listening(let listener) = state { listener.addresses[0].port } else { UInt16(0) }
    return switch place {
    case .everywhere: ListeningAddress.everywhere(port: port).options
    case .host(let host, _): ListeningAddress.host(host, port: port).options
    case .unix: place.options
    }
  }

  func watch(in set: inout PollSet) {
    switch state {
    case .resolving(let resolver, _): set.watch(resolver.number, for: .reading)
    case .listening(let listener):
      if acceptAgainAt == nil { for number in listener.numbers { set.watch(number, for: .reading) } }
    case .over: break
    }
  }

  /// Takes the next step.
  /// - Returns: a caller, at most one in each turn.
  mutating func step(_ set: borrowing PollSet, now: Instant) throws(Failure) -> Candidate? {
    do throws(Failure) { return try go(set, now: now) } catch {
      // A failed step would fail anew in each turn.
      (state, acceptAgainAt) = (.over, nil)
      throw error
    }
  }

  private mutating func go(_ set: borrowing PollSet, now: Instant) throws(Failure) -> Candidate? {
    switch state {
    case .resolving(let resolver, let host):
      guard let result = resolver.result() else { return nil }
      switch result {
      case .failure(let failure): throw .reach(.lookUpFailed(host, failure))
      case .success(let addresses):
        let listener = try Acceptor.listen(place, at: addresses)
        state = .listening(listener)
        try announce(listener)
        return nil
      }
    case .listening(let listener): return try accept(listener, set, now: now)
    case .over: return nil
    }
  }

  private static func listen(_ place: ListeningAddress, at addresses: [SocketAddress]) throws(Failure) -> Listener {
    do throws(ListeningFailure) { return try place.listen(at: addresses) } catch {
      throw .reach(.cannotListen(error))
    }
  }

  private mutating func announce(_ listener: Listener) throws(Failure) {
    let isFile = if case .unix = place { true } else { false }
    let port = listener.addresses[0].port
    if let portFile { try PortFile.write(port, to: portFile) }
    let addresses = listener.addresses.map(\.description)
    events.append(.listening(addresses: addresses, port: isFile ? nil : port, options: peerOptions))
  }

  private mutating func accept(
    _ listener: Listener, _ set: borrowing PollSet, now: Instant
  ) throws(Failure) -> Candidate? {
    if let again = acceptAgainAt, again <= now { acceptAgainAt = nil }
    for number in listener.numbers where set.readiness(of: number).contains(.readable) {
      do throws(SystemError) {
        guard let accepted = try listener.accept(on: number) else { continue }
        let address = accepted.address
        let peerLabel = address.family == .unix ? Candidate.nameless : address.host
        return Candidate(accepted.take(), to: address, peerLabel: peerLabel, position: .first, isRequested: false)
      } catch {
        guard error.isOutOfResources else { throw .reach(.cannotAccept(error)) }
        // The caller stays in the kernel's queue. Another try at once would only spin.
        acceptAgainAt = now + Acceptor.outOfDescriptorsDelay
        events.append(.note("cannot let anybody in now: \(error)"))
      }
    }
    return nil
  }
}
