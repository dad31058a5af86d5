import Basics
import ChatProtocol

// From arrival to a pair.
extension GuestTable {
  /// A guest arrived.
  public mutating func arrive(_ slot: Slot, from origin: Origin, now: Instant, _ admission: inout Admission) {
    enter(slot, origin)
    if let refusal = isDraining ? .draining : admission.admit(from: origin.source, now: now) {
      return refuse(slot, refusal, now: now, &admission)
    }
    set(slot, to: .preamble(JoinDecoder()), &admission)
    if origin.isPlain { return join(slot, nil, now: now, &admission) }
    deadlines.set(now + times.preamble, for: slot)
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
  /// - Returns: the room it asks for, when they complete its first line: ``join(_:_:now:_:)`` is next, here or, after
  ///   ``handOver(_:)``, where that room lives.
  public mutating func received(
    _ bytes: ArraySlice<UInt8>, from slot: Slot, now: Instant, _ admission: inout Admission
  ) -> RoomName? {
    switch state(of: slot) {
    case .preamble(var decoder):
      // Out of the table while it changes, so that its bytes are not copied.
      setUncounted(slot, to: .absent)
      let step = decoder.take(bytes)
      setUncounted(slot, to: .preamble(decoder))
      switch step {
      case .incomplete: break
      case .refused(let refusal): refuse(slot, refusal, now: now, &admission)
      case .join(let room): return room
      }
    case .waiting: refuse(slot, .spokeTooEarly, now: now, &admission)
    case .absent, .paired, .lingering: break
    }
    return nil
  }

  /// A guest in its preamble enters a room.
  /// - room: nil for the one without a name.
  public mutating func join(_ slot: Slot, _ room: RoomName?, now: Instant, _ admission: inout Admission) {
    guard case .preamble = state(of: slot) else { return }
    if isDraining { return refuse(slot, .draining, now: now, &admission) }
    let first: Slot?
    if let room {
      switch rooms[room] {
      case .two: return refuse(slot, .full, now: now, &admission)
      case .one(let waiting): first = Int(waiting)
      case nil: first = nil
      }
    } else {
      first = plainWaiting
    }
    if let first { return pair(first, slot, in: room, now: now, &admission) }
    if let refusal = admission.refusalToWait { return refuse(slot, refusal, now: now, &admission) }
    wait(slot, in: room, now: now, &admission)
  }

  private mutating func wait(_ slot: Slot, in room: RoomName?, now: Instant, _ admission: inout Admission) {
    let until = times.room.map { now + $0 }
    set(slot, to: .waiting(Waiting(room: room, until: until)), &admission)
    if let room { rooms[room] = .one(Int32(slot)) } else { plainWaiting = slot }
    scheduleWait(slot, until: until, now: now)
    if room != nil { perform(.send(slot, RelayReply.wait.bytes)) }
  }

  /// Sets when a waiting guest is sent WAIT again, or has waited too long.
  mutating func scheduleWait(_ slot: Slot, until: Instant?, now: Instant) {
    deadlines.set(nearest(now + PreambleLimits.waitInterval, until), for: slot)
  }

  private mutating func pair(
    _ first: Slot, _ second: Slot, in room: RoomName?, now: Instant, _ admission: inout Admission
  ) {
    let pair = Pair(
      room: room, first: Int32(first), second: Int32(second), number: nextPairNumber, opened: now)
    nextPairNumber += pairNumberStep
    let index = freePairs.popLast() ?? PairIndex(pairs.count)
    if index == pairs.count { pairs.append(pair) } else { pairs[Int(index)] = pair }
    if let room { rooms[room] = .two(index) } else { plainWaiting = nil }
    for position in PairPosition.allCases {
      let slot = pair.slot(position)
      deadlines.set(nil, for: slot)
      set(slot, to: .paired(index, position), &admission)
      if room != nil { perform(.send(slot, RelayReply.paired(position).bytes)) }
    }
    perform(.pairOpened(pair.facts))
    for position in PairPosition.allCases {
      perform(.carry(from: pair.slot(position), to: pair.slot(position.other)))
    }
  }
}
