import Basics
import ChatProtocol
import RelayCore
import Sockets

// Moving bytes: what one of a pair sends goes to the other.
extension Worker {
  /// Something changed for a guest, or it goes on where it stopped.
  func serve(_ guest: Guest, _ readiness: Readiness) {
    if guest.isReleased { return }
    guest.note(readiness)
    if guest.hasParked, guest.isWritable { flush(guest) }
    if guest.isReadable {
      if guest.receiver != nil { pump(guest) } else { read(guest) }
    }
    if guest.isHungUp { report(.hungUp, of: guest.slot) }
  }

  /// Sends what is parked, and reports how much is left and what a write found out.
  func flush(_ guest: Guest) {
    let event = countingParked(of: guest) { $0.flush() }
    if table.isLingering(guest.slot) {
      withTable { $0.unsent(guest.parkedCount, of: guest.slot, now: now, &$1) }
    }
    if let event { report(event, of: guest.slot) }
    // Nothing waits for it any more: its partner may go on.
    if !guest.hasParked, let sender = guest.sender, sender.isReadable { pump(sender) }
  }

  /// Carries from a guest to its partner: until it has no more, its partner takes no more, or its share of this turn is
  /// used up.
  func pump(_ sender: Guest) {
    guard let receiver = sender.receiver else { return }
    for _ in 0..<RelayLimits.readsPerTurn {
      guard sender.isReadable, !receiver.hasParked else { return }
      let isTight = counters.parkedMemory.value > parkedMemoryHigh
      var limit = isTight ? RelayLimits.readBytesTight : RelayLimits.readBytesMax
      if let budget = sender.budget {
        // A report of new bytes does not take what has come together since: the partner may be next.
        if budget.isPaused { return }
        limit = min(limit, budget.bytes.allowance(now: now))
        if limit == 0 { return pause(sender, budget) }
      }
      let load = forwarder.forward(from: sender.number, to: receiver.number, atMost: limit)
      switch load.received {
      case .wouldBlock:
        sender.isReadable = false
      case .endOfStream:
        sender.isReadable = false
        report(.ended, of: sender.slot)
      case .broken:
        sender.isReadable = false
        report(.lost, of: sender.slot)
      case .bytes(let count):
        // Bytes that come after a socket was emptied are reported anew (epoll(7)).
        if count < limit, sender.shortReadsEmpty { sender.isReadable = false }
        counters.bytes.add(count)
        sender.carriedBytes += count
        if let budget = sender.budget { budget.bytes.spend(count, now: now) }
        if let code = load.sendError {
          report(Guest.event(ofWriteError: code), of: receiver.slot)
        } else if load.sent < count {
          receiver.isWritable = false
          park(forwarder.rest(of: count, after: load.sent), for: receiver)
          counters.stalls.add(1)
        }
        if let budget = sender.budget, budget.bytes.isExceeded { return endExceeded(sender) }
      }
    }
    if sender.isReadable, !receiver.hasParked { leaveUnfinished(sender) }
  }

  func park(_ bytes: [UInt8], for guest: Guest) { countingParked(of: guest) { $0.park(bytes) } }

  /// Changes what waits for a guest, and counts it.
  func countingParked<Result>(of guest: Guest, _ change: (Guest) -> Result) -> Result {
    let (count, memory) = (guest.parkedCount, guest.parkedMemory)
    defer {
      counters.parkedBytes.add(guest.parkedCount - count)
      counters.parkedMemory.add(guest.parkedMemory - memory)
    }
    return change(guest)
  }

  /// Tells the table what was found out about a link.
  func report(_ event: LinkEvent, of slot: Int) { withTable { $0.handle(event, of: slot, now: now, &$1) } }
}
