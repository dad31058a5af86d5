import CHarness
import Glibc

/// The place that a link leads to.
enum LinkTarget {
  case tcp(port: UInt16, families: [Int32])
  case unix(String)
}

/// One connection through a link: the caller's side, the target's side, and a lane each way.
///
/// States: dialling the target (address after address) → open → closed. `closed` is final and says how; an event
/// that comes later finds no descriptors to act on.
final class LinkConnection {
  private enum State {
    case dialling
    case open
    case closed(String)
  }

  let number: Int
  private var state = State.dialling
  private var caller: Descriptor?
  private var target: Descriptor?
  private var remaining: [() -> Int32]
  private(set) var lanes: [Direction: Lane] = [.fromCaller: Lane(.fromCaller), .fromTarget: Lane(.fromTarget)]
  /// The trip whose bytes have gone, while its last bytes are still on their way.
  private var firing: Trip?
  /// Those that have happened to it.
  private var fired: [Trip] = []
  /// Whose direction ended first.
  private(set) var firstEnded: Direction?
  /// Whether a trip has stalled it, this connection alone.
  private var isStalled = false
  /// Whether the timeline has its end.
  var endIsNoted = false

  init(number: Int, caller: consuming Descriptor, target: LinkTarget) {
    self.number = number
    self.caller = consume caller
    switch target {
    case .tcp(let port, let families): remaining = families.map { family in { harness_connect_tcp(family, port) } }
    case .unix(let path): remaining = [{ harness_connect_unix(path) }]
    }
    if let number = self.caller?.number { harness_send_at_once(number) }
    dialNext()
  }

  /// Whether both sides are connected.
  var isOpen: Bool {
    if case .open = state { true } else { false }
  }

  var isClosed: Bool {
    if case .closed = state { true } else { false }
  }

  /// One line for a report.
  var summary: String {
    let bytes =
      "\(lanes[.fromCaller]!.passedBytes) bytes from the caller, \(lanes[.fromTarget]!.passedBytes) from the target"
    switch state {
    case .dialling: return "connecting to the target"
    case .open: return "open; \(bytes)\(waitingInWords)"
    case .closed(let how): return "\(how); \(bytes)"
    }
  }

  /// How much waits in the kernel at the source and at the sink of a direction.
  func kernelQueues(_ direction: Direction) -> (unread: Int, unacknowledged: Int)? {
    guard let caller = caller?.number, let target = target?.number else { return nil }
    let (source, sink) = direction == .fromCaller ? (caller, target) : (target, caller)
    return (Int(harness_unread(source)), Int(harness_unacknowledged(sink)))
  }

  // MARK: Commands

  /// Closes both sides in an orderly way, as a program in the middle would.
  func cut(_ how: String = "cut") {
    // Data nobody read would turn the end into a reset.
    if let number = caller?.number { Self.discard(number) }
    if let number = target?.number { Self.discard(number) }
    close(how)
  }

  func reset(_ how: String = "reset") {
    if let number = caller?.number { harness_reset_on_close(number) }
    if let number = target?.number { harness_reset_on_close(number) }
    close(how)
  }

  func halfClose(toward direction: Direction) {
    // Bytes toward the target came from the caller.
    let sink = direction == .fromCaller ? target?.number : caller?.number
    guard let sink else { return }
    _ = shutdown(sink, Int32(SHUT_WR))
    lanes[direction]!.abandon()
  }

  /// Lets bytes go on that were kept back.
  func heal() {
    isStalled = false
    for direction in Direction.allCases { lanes[direction]!.release() }
  }

  private func close(_ how: String) {
    state = .closed(how)
    caller = nil
    target = nil
    remaining = []
  }

  /// The clause about a failure that is not the usual one of a connection that was reset.
  private static func clause(_ error: Int32) -> String {
    [ECONNRESET, EPIPE].contains(error) ? "" : " (\(String(cString: strerror(error))))"
  }

  private static func discard(_ descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
  }

  // MARK: Dialling

  private func dialNext() {
    target = nil
    while !remaining.isEmpty {
      let descriptor = remaining.removeFirst()()
      if descriptor >= 0 {
        target = Descriptor(owning: descriptor)
        return
      }
    }
    reset("the target cannot be reached")
  }

  private func dialled() {
    guard let number = target?.number else { return }
    if harness_connect_result(number) == 0 {
      harness_send_at_once(number)
      state = .open
    } else {
      dialNext()
    }
  }

  // MARK: The loop

  func interests(now: Instant, in link: FaultyLink) -> [Interest] {
    guard let caller = caller?.number, let target = target?.number else { return [] }
    if case .dialling = state {
      return [Interest(descriptor: target, events: Int16(POLLOUT)) { [self] _ in dialled() }]
    }
    var events: [Int32: Int32] = [:]
    for (direction, lane) in lanes {
      let (source, sink) = direction == .fromCaller ? (caller, target) : (target, caller)
      if lane.wantsToRead(faults(link), limit: limit(direction, link)) { events[source, default: 0] |= POLLIN }
      if lane.wantsToWrite(faults(link)) { events[sink, default: 0] |= POLLOUT }
    }
    return events.map { descriptor, events in
      Interest(descriptor: descriptor, events: Int16(events)) { [self] in
        // A hang-up or error comes unasked, and is found out by reading.
        if Int32($0) & ~POLLOUT != 0 && events & POLLIN != 0 {
          read(descriptor == caller ? .fromCaller : .fromTarget, link)
        }
        write(link)
      }
    }
  }

  func nextMoment(in link: FaultyLink) -> Instant? {
    guard case .open = state else { return nil }
    // That the other side has acknowledged everything is not announced.
    if firing != nil { return .now + Player.pollInterval }
    if due(in: link) != nil { return .now }
    return lanes.values.compactMap { $0.nextMoment(faults(link), limit: limit($0.direction, link)) }.min()
  }

  func advance(in link: FaultyLink) {
    guard case .open = state else { return }
    write(link)
  }

  /// The link's, and its own.
  private func faults(_ link: FaultyLink) -> LinkFaults {
    var faults = link.faults
    if isStalled { faults.stalled = Set(Direction.allCases) }
    return faults
  }

  /// How many bytes may go before something happens.
  private func limit(_ direction: Direction, _ link: FaultyLink) -> Int? {
    if let firing { return firing.direction == direction ? firing.bytes : nil }
    return trips(of: link).filter { $0.direction == direction }.map(\.bytes).min()
  }

  /// The faults that may still happen to it.
  private func trips(of link: FaultyLink) -> [Trip] {
    link.trips.filter { trip in !fired.contains { $0 === trip } }
  }

  private func read(_ direction: Direction, _ link: FaultyLink) {
    guard case .open = state, let caller = caller?.number, let target = target?.number else { return }
    let error = lanes[direction]!.read(
      from: direction == .fromCaller ? caller : target, now: .now, faults(link), limit: limit(direction, link),
      &link.chance
    ) { link.carry($0, direction) }
    if firstEnded == nil, lanes[direction]!.sourceEnded || error != nil { firstEnded = direction }
    if let error { reset("reset by the \(direction.rawValue)\(Self.clause(error))") }
  }

  private func write(_ link: FaultyLink) {
    for direction in Direction.allCases {
      guard case .open = state, let caller = caller?.number, let target = target?.number else { return }
      let sink = direction == .fromCaller ? target : caller
      let before = lanes[direction]!.passedBytes
      defer { if lanes[direction]!.passedBytes > before { link.noteMove() } }
      guard
        lanes[direction]!.write(
          to: sink, now: .now, faults(link), limit: limit(direction, link), &link.chance)
      else {
        return reset("reset by the \(direction == .fromCaller ? "target" : "caller")\(Self.clause(errno))")
      }
    }
    fireTrip(link)
    if lanes.values.allSatisfy(\.isFinished) { close("ended by both") }
  }

  private func due(in link: FaultyLink) -> Trip? {
    trips(of: link).first { lanes[$0.direction]!.passedBytes >= $0.bytes }
  }

  /// A trip fires once for a connection, and for no more connections than it is meant for.
  private func fireTrip(_ link: FaultyLink) {
    if firing == nil, let trip = due(in: link) {
      firing = trip
      fired.append(trip)
      link.fired(trip)
    }
    guard let trip = firing, let caller = caller?.number, let target = target?.number else { return }
    let sink = trip.direction == .fromCaller ? target : caller
    // The bytes before the fault do arrive: that is what "after N bytes" promises.
    guard harness_unacknowledged(sink) == 0 else { return }
    firing = nil
    let how = "after \(trip.bytes) bytes from the \(trip.direction.rawValue)"
    switch trip.action {
    case .cut: cut("cut \(how)")
    case .reset: reset("reset \(how)")
    case .stall: isStalled = true
    }
  }
}
