import Basics
import ChatProtocol

// The limits on pairs.
extension GuestTable {
  /// A deadline of a pair has come: that of its times is its first guest's, that of its rate the second's.
  mutating func expirePaired(_ index: PairIndex, _ position: PairPosition) {
    guard let pair = pairs[Int(index)] else { return }
    if confirmations[index] != nil {
      order(.countUnacknowledged(pair.slot(position)))
    } else {
      order(position == .first ? .countCarried(pair.facts) : .resume(pair.facts))
    }
  }

  /// Begins to watch a pair that may carry from now on.
  mutating func watch(_ index: PairIndex) {
    guard let pair = pairs[Int(index)], let watch = PairWatch(limits, opened: pair.opened) else { return }
    setWatch(watch, of: index)
  }

  /// Notes that one guest of a pair announced its end.
  mutating func noteHalfClosed(_ index: PairIndex, now: Instant) {
    guard var watch = watches[index] else { return }
    watch.halfClosed(now: now)
    setWatch(watch, of: index)
  }

  private mutating func setWatch(_ watch: PairWatch, of index: PairIndex) {
    guard let pair = pairs[Int(index)] else { return }
    watches[index] = watch
    deadlines.set(watch.deadline, for: Int(pair.first))
  }

  /// Answers ``Action/countCarried(_:)``.
  /// - Parameter bytes: what the pair has carried so far.
  public mutating func carried(
    _ bytes: Int, by facts: PairFacts, now: Instant, _ admission: inout Admission
  ) {
    guard case .paired(let index, .first) = state(of: facts.first), var watch = watches[index] else { return }
    if let outcome = watch.check(carried: bytes, now: now) {
      end(facts.first, outcome, now: now, &admission)
    } else {
      setWatch(watch, of: index)
    }
  }

  /// A pair has used up its rate: ``Action/resume(_:)`` is due at that time.
  /// - Parameter slot: one of the two.
  public mutating func pause(_ slot: Slot, until: Instant) {
    guard case .paired(let index, _) = state(of: slot), let pair = pairs[Int(index)] else { return }
    deadlines.set(until, for: Int(pair.second))
  }

  /// Ends a pair: both guests see a reset.
  /// - Parameter slot: one of the two.
  public mutating func end(_ slot: Slot, _ outcome: PairOutcome, now: Instant, _ admission: inout Admission) {
    guard case .paired(let index, _) = state(of: slot), let pair = pairs[Int(index)], confirmations[index] == nil
    else { return }
    for position in PairPosition.allCases where pair.splice.reads(from: position) {
      order(.stopCarrying(from: pair.slot(position)))
    }
    _ = remove(index)
    order(.pairEnded(pair.facts, outcome, after: now - pair.opened))
    for position in PairPosition.allCases { close(pair.slot(position), .reset, &admission) }
  }

  /// The relay ends: every pair is ended.
  public mutating func stop(now: Instant, _ admission: inout Admission) {
    for pair in pairs { if let pair { end(pair.slot(.first), .stopped, now: now, &admission) } }
  }
}
