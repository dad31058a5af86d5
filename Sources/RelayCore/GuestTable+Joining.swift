import Basics
import ChatProtocol

// From arrival to a pair.
extension GuestTable {
  /// A guest arrived.
  public mutating func arrive(_ slot: Slot, from origin: Origin, now: Instant, _ admission: inout Admission) {
    enter(slot, origin)
    if let refusal = refusal(of: origin, now: now, &admission) { return refuse(slot, refusal, now: now, &admission) }
    set(slot, to: .preamble(JoinDecoder()), &admission)
    if origin.isPlain { return join(slot, nil, now: now, &admission) }
    deadlines.set(now + times.preamble, for: slot)
  }

  private func refusal(of origin: Origin, now: Instant, _ admission: inout Admission) -> Refusal? {
    if origin.isDenied { return .denied }
    return isDraining ? .draining : admission.admit(from: origin.source, now: now)
  }

  /// A guest leaves for the thread its room lives on. It stays counted until it arrives there.
  /// - Returns: what ``adopt(_:from:)`` there takes.
  public mutating func handOver(_ slot: Slot) -> Origin {
    deadlines.set(nil, for: slot)
    setUncounted(slot, to: .absent)
    return origin(of: slot)
  }

  /// A guest came from another thread. ``join(_:_:now:_:)`` is next.
  public mutating func adopt(_ slot: Slot, from origin: Origin) {
    enter(slot, origin)
    setUncounted(slot, to: .preamble(JoinDecoder()))
  }

  /// Bytes came from a guest whose ``reading(of:)`` is ``Reading/line``.
  /// - Returns: what it asks for, when they complete its first line: ``join(_:_:now:_:)`` is next, here or, after
  ///   ``handOver(_:)``, where that room lives.
  public mutating func received(
    _ bytes: ArraySlice<UInt8>, from slot: Slot, now: Instant, _ admission: inout Admission
  ) -> JoinRequest? {
    switch state(of: slot) {
    case .preamble(var decoder):
      // Out of the table while it changes, so that its bytes are not copied.
      setUncounted(slot, to: .absent)
      let step = decoder.decode(bytes)
      setUncounted(slot, to: .preamble(decoder))
      switch step {
      case .incomplete: break
      case .refused(let refusal): refuse(slot, refusal, now: now, &admission)
      case .join(let request): return request
      }
    case .waiting: refuse(slot, .sentTooEarly, now: now, &admission)
    case .paired(let index, .second) where confirmations[index] != nil:
      unpair(index, &admission)
      refuse(slot, .sentTooEarly, now: now, &admission)
    case .absent, .header, .proving, .paired, .lingering: break
    }
    return nil
  }

  /// A guest in its preamble enters a room.
  /// - Parameters:
  ///   - request: nil for the room without a name.
  ///   - hasVanished: asks the kernel about a guest, before a newcomer is refused because of it.
  public mutating func join(
    _ slot: Slot, _ request: JoinRequest?, now: Instant, _ admission: inout Admission,
    hasVanished: (Slot) -> Bool = { _ in false }
  ) {
    guard case .preamble = state(of: slot) else { return }
    if isDraining { return refuse(slot, .draining, now: now, &admission) }
    if let request {
      if let side = request.side { dropEarlierLink(of: side, in: request.room, now: now, &admission) }
      dropVanished(from: request.room, now: now, &admission, hasVanished)
    }
    let first: Slot?
    switch request.flatMap({ rooms[$0.room] }) {
    case .two: return refuse(slot, .roomTaken, now: now, &admission)
    case .one(let waiting): first = Int(waiting)
    case nil: first = request == nil ? plainWaiting : nil
    }
    if let first { return pair(first, slot, request, now: now, &admission) }
    if let refusal = admission.refusalToWait { return refuse(slot, refusal, now: now, &admission) }
    wait(slot, request, now: now, &admission)
  }

  /// Takes an earlier link of a guest that returned out of its room.
  private mutating func dropEarlierLink(
    of side: RelaySide, in room: RoomName, now: Instant, _ admission: inout Admission
  ) {
    switch rooms[room] {
    case .one(let waiting):
      guard case .waiting(let state) = state(of: Int(waiting)), state.request?.side == side else { return }
      close(Int(waiting), .reset, &admission)
    case .two(let index):
      guard let pair = pairs[Int(index)], let position = pair.position(of: side) else { return }
      handle(.lost, of: pair.slot(position), because: .returned, now: now, &admission)
    case nil: break
    }
  }

  /// Ends a pair of which one has vanished: its partner is to find the room free when it joins again.
  private mutating func dropVanished(
    from room: RoomName, now: Instant, _ admission: inout Admission, _ hasVanished: (Slot) -> Bool
  ) {
    guard case .two(let index) = rooms[room], let pair = pairs[Int(index)] else { return }
    for position in PairPosition.allCases where hasVanished(pair.slot(position)) {
      order(.vanished(pair.slot(position)))
      handle(.lost, of: pair.slot(position), because: .vanished, now: now, &admission)
    }
  }

  private mutating func wait(_ slot: Slot, _ request: JoinRequest?, now: Instant, _ admission: inout Admission) {
    let until = times.room.map { now + $0 }
    set(slot, to: .waiting(Waiting(request: request, since: now, until: until)), &admission)
    if let request { rooms[request.room] = .one(Int32(slot)) } else { plainWaiting = slot }
    scheduleWait(slot, until: until, now: now)
    if request != nil { order(.send(slot, RelayReply.wait.bytes)) }
  }

  /// Sets when a waiting guest is sent WAIT again, or has waited too long.
  mutating func scheduleWait(_ slot: Slot, until: Instant?, now: Instant) {
    deadlines.set(nearest(now + PreambleLimits.waitInterval, until), for: slot)
  }
}
