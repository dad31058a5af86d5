import CHarness
import Glibc

/// A link between two programs that goes wrong when told to: it listens, and passes what its callers send to the
/// target and back, as its faults allow.
final class FaultyLink: Participant {
  let name: String
  let target: LinkTarget
  /// Where it listens: a TCP port on the loopback addresses, or the path of a Unix-domain socket.
  private(set) var port: UInt16 = 0
  let path: String?
  var faults = LinkFaults()
  /// What the next connection to reach it meets.
  var trip: Trip?
  var chance: SeededChance
  private(set) var connections: [LinkConnection] = []
  /// What went through, each way.
  private(set) var carried: [Direction: Transcript] = [.fromCaller: Transcript(), .fromTarget: Transcript()]
  private var listeners: [Int32: ListeningSocket] = [:]
  private(set) var isRefusing = false
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
      try add(four, at: "127.0.0.1")
      // A machine without IPv6 has only the one.
      if six >= 0 { try add(six, at: "::1") }
      return
    }
    throw SystemFailure("cannot find a port for \(name)", EADDRINUSE)
  }

  private func add(_ descriptor: Int32, at address: String) throws {
    guard descriptor >= 0 else { throw SystemFailure("cannot listen on \(address) for \(name)") }
    listeners[descriptor] = ListeningSocket(Descriptor(owning: descriptor))
  }

  // MARK: Commands

  /// Connections to it are refused from now on, as when nobody listens.
  func refuseConnections() {
    guard !isRefusing else { return }
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
    trip = nil
    for connection in connections { connection.heal() }
    if isRefusing { try acceptConnections() }
  }

  /// Keeps a copy of what goes through.
  func carry(_ bytes: [UInt8], _ direction: Direction) {
    carried[direction]!.append(bytes)
  }

  // MARK: Queries

  var openCount: Int { connections.count(where: \.isOpen) }

  // MARK: The loop

  func interests(now: Instant) -> [Interest] {
    var interests = connections.flatMap { $0.interests(now: now, in: self) }
    guard !isRefusing else { return interests }
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
    let number = connections.count + 1
    timeline.note("connection \(number) comes in", about: name)
    connections.append(LinkConnection(number: number, caller: Descriptor(owning: descriptor), target: target))
  }
}

/// A class box, since dictionaries hold no noncopyable values.
private final class ListeningSocket {
  private let descriptor: Descriptor
  init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
