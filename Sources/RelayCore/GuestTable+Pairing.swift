import Basics
import ChatProtocol

// Pairing two guests of a room.
extension GuestTable {
  /// Pairs a waiting guest and one in its preamble.
  mutating func pair(
    _ first: Slot, _ second: Slot, _ request: JoinRequest?, now: Instant, _ admission: inout Admission
  ) {
    guard case .waiting(let waiting) = state(of: first) else { return }
    let (firstSide, waited) = (waiting.request?.side, now - waiting.since)
    let index = add(
      Pair(
        room: request?.room, first: Int32(first), second: Int32(second), firstSide: firstSide,
        secondSide: request?.side, opened: now))
    if let request { rooms[request.room] = .two(index) } else { plainWaiting = nil }
    for (slot, position) in [(first, PairPosition.first), (second, .second)] {
      deadlines.set(nil, for: slot)
      set(slot, to: .paired(index, position), &admission)
    }
    if request != nil { order(.send(first, RelayReply.paired(.first).bytes)) }
    if request == nil || firstSide != nil || !origin(of: first).acknowledges { return open(index, waited) }
    confirmations[index] = Confirmation(
      by: now + RelayLimits.confirmTime, waited: waited, delay: RelayLimits.confirmDelay)
    order(.countUnacknowledged(first))
  }

  private mutating func add(_ pair: Pair) -> PairIndex {
    guard let index = freePairs.popLast() else {
      pairs.append(pair)
      return PairIndex(pairs.count - 1)
    }
    pairs[Int(index)] = pair
    return index
  }

  /// The first of a pair is there: the second is told, and bytes are passed on.
  private mutating func open(_ index: PairIndex, _ waited: Duration) {
    confirmations[index] = nil
    guard let pair = pairs[Int(index)] else { return }
    deadlines.set(nil, for: Int(pair.first))
    if pair.room != nil { order(.send(Int(pair.second), RelayReply.paired(.second).bytes)) }
    order(.pairOpened(pair.facts, waited: waited))
    watch(index)
    for position in PairPosition.allCases {
      order(.carry(from: pair.slot(position), to: pair.slot(position.other)))
    }
  }

  // MARK: Confirming

  /// Notes how many bytes the first guest of a pair has not taken.
  /// - Parameter untaken: bytes that its kernel has not acknowledged.
  mutating func confirm(_ index: PairIndex, untaken: Int, now: Instant, _ admission: inout Admission) {
    guard var confirmation = confirmations[index], let pair = pairs[Int(index)] else { return }
    if untaken == 0 { return open(index, confirmation.waited) }
    guard now < confirmation.by else {
      order(.vanished(Int(pair.first)))
      return dropFirst(of: index, now: now, &admission)
    }
    deadlines.set(min(now + confirmation.delay, confirmation.by), for: Int(pair.first))
    // An acknowledgement may be delayed by 40 ms (tcp(7), TCP_QUICKACK), so there is no hurry after the first looks.
    confirmation.delay = min(confirmation.delay * 2, RelayLimits.confirmDelayMax)
    confirmations[index] = confirmation
  }

  /// The first guest of a pair that is not confirmed has vanished or left: the second waits in its place.
  mutating func dropFirst(of index: PairIndex, now: Instant, _ admission: inout Admission) {
    guard let pair = unpair(index, &admission), let room = pair.room else { return }
    set(Int(pair.second), to: .preamble(JoinDecoder()), &admission)
    join(Int(pair.second), JoinRequest(room, side: pair.secondSide), now: now, &admission)
  }

  /// Takes a pair apart that is not confirmed, and closes its first guest. The caller says what becomes
  /// of the second.
  @discardableResult
  mutating func unpair(_ index: PairIndex, _ admission: inout Admission) -> Pair? {
    confirmations[index] = nil
    guard let pair = remove(index) else { return nil }
    deadlines.set(nil, for: Int(pair.first))
    close(Int(pair.first), .reset, &admission)
    return pair
  }

  /// Takes a pair out of the table and its room.
  mutating func remove(_ index: PairIndex) -> Pair? {
    guard let pair = pairs[Int(index)] else { return nil }
    pairs[Int(index)] = nil
    watches[index] = nil
    deadlines.set(nil, for: Int(pair.first))
    deadlines.set(nil, for: Int(pair.second))
    freePairs.append(index)
    if let room = pair.room { rooms[room] = nil }
    return pair
  }
}
