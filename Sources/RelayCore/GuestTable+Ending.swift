import Basics
import ChatProtocol

// From a pair, or a refusal, to the close.
extension GuestTable {
  /// Something was found out about a guest's link.
  /// - Parameter reason: how the pair has ended, if this ends it by a break.
  public mutating func handle(
    _ event: LinkEvent, of slot: Slot, because reason: PairOutcome = .broken, now: Instant,
    _ admission: inout Admission
  ) {
    switch state(of: slot) {
    case .absent: break
    // A guest that ends before it is paired has left.
    case .header, .preamble, .proving, .waiting: close(slot, .orderly, &admission)
    case .paired(let index, let position):
      if confirmations[index] == nil {
        handle(event, of: position, in: index, because: reason, now: now, &admission)
      } else if position == .first {
        dropFirst(of: index, now: now, &admission)
      } else {
        unpair(index, &admission)
        close(slot, .orderly, &admission)
      }
    case .lingering(var lingering):
      // Two announced ends make a sound link hang up, too: only its bytes tell then.
      if event == .hungUp, lingering.wasAnnouncedEnd { return }
      lingering.close.handle(event == .ended ? .peerEnded : .broke, now: now)
      linger(slot, lingering, now: now, &admission)
    }
  }

  // MARK: Pairs

  private mutating func handle(
    _ event: LinkEvent, of position: PairPosition, in index: PairIndex, because reason: PairOutcome, now: Instant,
    _ admission: inout Admission
  ) {
    guard var pair = pairs[Int(index)] else { return }
    let before = pair.splice
    if pair.splice.handle(event, of: position) { order(.announceEnd(to: pair.slot(position.other))) }
    pairs[Int(index)] = pair
    for position in PairPosition.allCases where before.reads(from: position) && !pair.splice.reads(from: position) {
      order(.stopCarrying(from: pair.slot(position)))
    }
    if let ending = pair.splice.ending {
      end(pair, at: index, ending, because: reason, now: now, &admission)
    } else if PairPosition.allCases.contains(where: { pair.splice.lane(from: $0) == .closed }) {
      noteHalfClosed(index, now: now)
    }
  }

  private mutating func end(
    _ pair: Pair, at index: PairIndex, _ ending: Splice.Ending, because reason: PairOutcome, now: Instant,
    _ admission: inout Admission
  ) {
    _ = remove(index)
    order(.pairEnded(pair.facts, ending == .goodbye ? .goodbye : reason, after: now - pair.opened))
    guard case .broken(let intact) = ending else {
      for position in PairPosition.allCases { close(pair.slot(position), .orderly, &admission) }
      return
    }
    for position in PairPosition.allCases where position != intact { close(pair.slot(position), .reset, &admission) }
    guard let intact else { return }
    // It is to see a reset, but not before it has what its partner sent. Nobody wants what it still sends.
    let lingering = Lingering(
      close: LingeringClose(awaiting: .acknowledgement, RelayLimits.brokenPairLinger, halfCloses: false, now: now),
      ending: .reset, isRefused: false, wasAnnouncedEnd: pair.splice.lane(from: intact.other) == .closed)
    linger(pair.slot(intact), lingering, now: now, &admission)
    order(.countUnacknowledged(pair.slot(intact)))
  }

  // MARK: Lingering

  /// Refuses a guest: it is sent why, and lingers until it closes.
  mutating func refuse(_ slot: Slot, _ refusal: Refusal, now: Instant, _ admission: inout Admission) {
    let isPlain = origin(of: slot).isPlain
    // Plain guests know nothing of the protocol's words, but a person reads the text.
    let line = isPlain ? Array("tincan relay: \(refusal.text)\n".utf8) : RelayReply.refused(refusal).bytes
    vacate(slot)
    let close = LingeringClose(
      awaiting: .peerEnd, RelayLimits.refusedLinger, halfCloses: true, unsentBytes: line.count, now: now)
    order(.refused(slot, refusal))
    linger(slot, Lingering(close: close, ending: .orderly, isRefused: true), now: now, &admission)
    order(.send(slot, line))
    guard refusedDeadlines.count > refusedMax, let oldest = refusedDeadlines.first?.owner else { return }
    self.close(oldest, .orderly, &admission)
  }

  /// The owner was asked to send something, or could send what waited.
  /// - Parameter count: bytes that still wait for the guest.
  public mutating func unsent(_ count: Int, of slot: Slot, now: Instant, _ admission: inout Admission) {
    guard case .lingering(var lingering) = state(of: slot) else { return }
    lingering.close.handle(.unsent(count), now: now)
    linger(slot, lingering, now: now, &admission)
    // Perhaps the last of it: there is no need to wait until the kernel is asked again.
    if count == 0, isLingering(slot), !lingering.isRefused { order(.countUnacknowledged(slot)) }
  }

  /// Bytes of a guest were read and forgotten, as ``Reading/discarded`` asks.
  public mutating func discarded(_ count: Int, from slot: Slot, now: Instant, _ admission: inout Admission) {
    guard case .lingering(var lingering) = state(of: slot) else { return }
    lingering.close.handle(.discarded(count), now: now)
    linger(slot, lingering, now: now, &admission)
  }

  /// Answers ``Action/countUnacknowledged(_:)``.
  /// - Parameters:
  ///   - unsent: bytes that wait here for the guest.
  ///   - unacknowledged: bytes its kernel was sent and has not acknowledged.
  public mutating func counted(
    _ slot: Slot, unsent: Int, unacknowledged: Int, now: Instant, _ admission: inout Admission
  ) {
    switch state(of: slot) {
    case .waiting: sendWaitIfTaken(slot, untaken: unsent + unacknowledged, &admission)
    case .lingering(var lingering):
      lingering.close.handle(.unsent(unsent), now: now)
      lingering.close.handle(.unacknowledged(unacknowledged), now: now)
      lingering.close.handle(.expired, now: now)
      linger(slot, lingering, now: now, &admission)
    case .paired(let index, .first): confirm(index, untaken: unsent + unacknowledged, now: now, &admission)
    case .absent, .header, .preamble, .proving, .paired: break
    }
  }

  /// Keeps a lingering guest, announces its end if that is due, or closes it.
  private mutating func linger(
    _ slot: Slot, _ lingering: Lingering, now: Instant, _ admission: inout Admission
  ) {
    var lingering = lingering
    if lingering.close.owesHalfClose {
      order(.announceEnd(to: slot))
      lingering.close.handle(.halfClosed, now: now)
    }
    set(slot, to: .lingering(lingering), &admission)
    guard lingering.close.outcome == nil else { return close(slot, lingering.ending, &admission) }
    if lingering.isRefused {
      refusedDeadlines.set(lingering.close.deadline, for: slot)
    } else {
      deadlines.set(lingering.close.deadline, for: slot)
    }
  }

  /// Lets go of a guest.
  mutating func close(_ slot: Slot, _ ending: Ending, _ admission: inout Admission) {
    vacate(slot)
    set(slot, to: .absent, &admission)
    order(.close(slot, ending))
  }

  /// Takes a guest out of its room and its deadlines. A pair is taken apart by its own end.
  private mutating func vacate(_ slot: Slot) {
    switch state(of: slot) {
    case .absent, .paired: break
    case .header, .preamble, .proving: deadlines.set(nil, for: slot)
    case .waiting(let waiting):
      deadlines.set(nil, for: slot)
      if let request = waiting.request { rooms[request.room] = nil } else { plainWaiting = nil }
    case .lingering(let lingering):
      if lingering.isRefused { refusedDeadlines.set(nil, for: slot) } else { deadlines.set(nil, for: slot) }
    }
  }
}
