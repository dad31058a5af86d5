import Basics
import ChatProtocol

// The events of deadlines.
extension GuestTable {
  /// The time of ``deadline`` has come.
  public mutating func expire(now: Instant, _ admission: inout Admission) {
    while let (due, slot) = deadlines.first, due <= now {
      // The count of unacknowledged bytes sets the next deadline, and so does each new state.
      deadlines.set(nil, for: slot)
      switch state(of: slot) {
      case .header: refuse(slot, .noProxyHeader, now: now, &admission)
      case .proving: refuse(slot, .noProof, now: now, &admission)
      case .preamble: refuse(slot, .silent, now: now, &admission)
      case .waiting(let waiting): expire(waiting, slot, now: now, &admission)
      case .lingering: order(.countUnacknowledged(slot))
      case .paired(let index, let position): expirePaired(index, position)
      case .absent: break
      }
    }
    while let (due, slot) = refusedDeadlines.first, due <= now {
      refusedDeadlines.set(nil, for: slot)
      if case .lingering(let lingering) = state(of: slot) { close(slot, lingering.ending, &admission) }
    }
  }

  private mutating func expire(_ waiting: Waiting, _ slot: Slot, now: Instant, _ admission: inout Admission) {
    if let until = waiting.until, until <= now { return refuse(slot, .nobodyCame, now: now, &admission) }
    scheduleWait(slot, until: waiting.until, now: now)
    if waiting.request != nil { order(.countUnacknowledged(slot)) }
  }

  /// A WAIT is due for a waiting guest, and what it has not taken was counted.
  ///
  /// If the last WAIT was not acknowledged since, its machine has vanished. The kernel would need a quarter of an hour
  /// to find that out (tcp(7), tcp_retries2), and the person may have come again by another way.
  mutating func sendWaitIfTaken(_ slot: Slot, untaken: Int, _ admission: inout Admission) {
    if untaken == 0 {
      order(.send(slot, RelayReply.wait.bytes))
    } else if origin(of: slot).acknowledges {
      order(.vanished(slot))
      close(slot, .reset, &admission)
    }
  }

  /// From now on nobody is paired, and every guest that is not is refused.
  public mutating func drain(now: Instant, _ admission: inout Admission) {
    isDraining = true
    for slot in slots {
      switch state(of: slot) {
      case .header, .preamble, .proving, .waiting: refuse(slot, .draining, now: now, &admission)
      case .absent, .paired, .lingering: break
      }
    }
  }
}
