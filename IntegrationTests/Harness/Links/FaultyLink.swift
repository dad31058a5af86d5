import CHarness
import Glibc

/// A link between two programs that goes wrong when told to: it listens, and passes what its callers send to the
/// target and back, as its faults allow.
final class FaultyLink: Participant {
  let name: String
  let target: LinkTarget
  /// The place where it listens: a TCP port on the loopback addresses, or the path of a Unix-domain socket.
  private(set) var port: UInt16 = 0
  let path: String?
  var faults = LinkFaults()
  /// The faults that await the next connections to get that far.
  private(set) var trips: [Trip] = []
  var chance: SeededChance
  private(set) var connections: [LinkConnection] = []
  /// The bytes that went through, each way.
  private(set) var carried: [Direction: Transcript] = [.fromCaller: Transcript(), .fromTarget: Transcript()]
  private var listeners: [Int32: ListeningSocket] = [:]
  private(set) var isRefusing = false
  /// Connections of its own that wait to be accepted, so that the kernel takes no others while it stalls.
  private var fillers: [Filler] = []
  /// When something came in or went out last.
  private(set) var lastMoved: Instant?
  private let timeline: Timeline

  /// Listens on a Unix-domain socket at `path`, or when that is nil on a TCP port of its own.
  init(name: String, target: LinkTarget, path: String?, seed: UInt64, timeline: Timeline) throws {
    self.name = name
    self.target = target
    self.path = path
    self.timeline = timeline
    chance = SeededChance(seed: seed)
    try bindListeners()
    try acceptConnections()
  }

  private func bindListeners() throws {
    if let path {
      try add(harness_bind_unix(path), at: path)
      return
    }
    // `localhost` is two addresses, and a program may try either: the same port on both. Somebody else may have
    // that port on the second one; then another is chosen, and there are thousands.
    for _ in 0..<100 {
      port = 0
      let four = harness_bind_tcp(4, &port)
      let six = harness_bind_tcp(6, &port)
      if six < 0 && errno == EADDRINUSE {
        _ = Glibc.close(four)
        continue
      }
      try add(four, at: "127.0.0.1", family: 4)
      // A machine without IPv6 has only the one.
      if six >= 0 { try add(six, at: "::1", family: 6) }
      return
    }
    throw SystemFailure("cannot find a port for \(name)", EADDRINUSE)
  }

  private func add(_ descriptor: Int32, at address: String, family: Int32 = 0) throws {
    guard descriptor >= 0 else { throw SystemFailure("cannot listen on \(address) for \(name)") }
    listeners[descriptor] = ListeningSocket(Descriptor(owning: descriptor), family: family)
  }

  // MARK: Commands

  /// Has something happen to connections once they have carried so much.
  func add(_ trip: Trip) { trips.append(trip) }

  /// A trip happened to a connection.
  func fired(_ trip: Trip) {
    trip.fire()
    if trip.remaining <= 0 { trips.removeAll { $0 === trip } }
  }

  /// Packets are lost from now on, those that begin a connection too.
  func stall(_ directions: [Direction]) throws {
    faults.stalled.formUnion(directions)
    guard !isRefusing, path == nil else { return }
    // The kernel answers callers until a queue is full, which takes one connection when its length is 0
    // (sk_acceptq_is_full in Linux's sock.h); then it drops what comes, and callers try again.
    for (listener, socket) in listeners {
      guard listen(listener, 0) == 0 else { throw SystemFailure("cannot stall \(name)") }
      if fillers.count >= listeners.count { continue }
      let filler = harness_connect_tcp(socket.family, port)
      guard filler >= 0 else { throw SystemFailure("cannot stall \(name)") }
      fillers.append(Filler(Descriptor(owning: filler)))
    }
  }

  /// Connections to it are refused from now on, as when nobody listens.
  func refuseConnections() {
    guard !isRefusing else { return }
    fillers = []
    isRefusing = true
    if let path { _ = unlink(path) }
    for listener in listeners.keys { harness_refuse(listener) }
  }

  func acceptConnections() throws {
    if isRefusing, path != nil {
      listeners = [:]
      try bindListeners()
    }
    isRefusing = false
    for listener in listeners.keys {
      guard listen(listener, 128) == 0 else { throw SystemFailure("cannot listen for \(name)") }
    }
  }

  /// Everything passes again as it comes.
  func heal() throws {
    faults = LinkFaults()
    trips = []
    for connection in connections { connection.heal() }
    if isRefusing || !fillers.isEmpty { try acceptConnections() }
  }

  /// Keeps a copy of what goes through.
  func carry(_ bytes: [UInt8], _ direction: Direction) {
    carried[direction]!.append(bytes)
    noteMove()
  }

  /// Something came in or went out.
  func noteMove() { lastMoved = .now }

  // MARK: Queries

  var openCount: Int { connections.count(where: \.isOpen) }

  // MARK: The loop

  func interests(now: Instant) -> [Interest] {
    var interests = connections.flatMap { $0.interests(now: now, in: self) }
    guard !isRefusing, faults.stalled.isEmpty else { return interests }
    for listener in listeners.keys {
      interests.append(Interest(descriptor: listener, events: Int16(POLLIN)) { [self] _ in accept(from: listener) })
    }
    return interests
  }

  var nextMoment: Instant? { connections.compactMap { $0.nextMoment(in: self) }.min() }

  func advance(to now: Instant) {
    for connection in connections where !connection.endIsNoted {
      connection.advance(in: self)
      guard connection.isClosed else { continue }
      connection.endIsNoted = true
      timeline.note("connection \(connection.number) \(connection.summary)", about: name)
    }
  }

  private func accept(from listener: Int32) {
    let descriptor = harness_accept(listener)
    guard descriptor >= 0 else { return }
    let caller = harness_port(descriptor, true)
    if let filler = fillers.firstIndex(where: { $0.port == caller }) {
      fillers.remove(at: filler)
      _ = Glibc.close(descriptor)
      return
    }
    let number = connections.count + 1
    timeline.note("connection \(number) comes in", about: name)
    connections.append(LinkConnection(number: number, caller: Descriptor(owning: descriptor), target: target))
  }
}

/// A class box, since dictionaries hold no noncopyable values.
private final class ListeningSocket {
  private let descriptor: Descriptor
  /// 4 or 6, or 0 for a socket file.
  let family: Int32

  init(_ descriptor: consuming Descriptor, family: Int32) {
    self.descriptor = descriptor
    self.family = family
  }
}

/// One connection that fills a queue.
private final class Filler {
  private let descriptor: Descriptor
  /// Its own port, by which it is known when it is accepted.
  let port: Int32

  init(_ descriptor: consuming Descriptor) {
    port = harness_port(descriptor.number, false)
    self.descriptor = descriptor
  }
}
