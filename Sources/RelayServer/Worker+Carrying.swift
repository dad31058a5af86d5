import Basics
import ChatProtocol
import RelayCore
import Sockets

// Moving bytes: what one of a pair sends goes to the other.
extension Worker {
  /// Something changed for a guest, or it goes on where it stopped.
  func serve(_ guest: Guest, _ readiness: Readiness) {
    if guest.isClosed { return }
    guest.note(readiness)
    if guest.hasParked, guest.isWritable { flush(guest) }
    if guest.isReadable {
      if guest.sink != nil { pump(guest) } else { read(guest) }
    }
    if guest.isHungUp { report(.hungUp, of: guest.slot) }
  }

  /// Sends what is parked, and reports how much is left and what a write found out.
  func flush(_ guest: Guest) {
    let event = countingParked(of: guest) { $0.flush() }
    if table.isLingering(guest.slot) {
      account { $0.unsent(guest.parkedCount, of: guest.slot, now: now, &$1) }
    }
    if let event { report(event, of: guest.slot) }
    // Nothing waits for it any more: its partner may go on.
    if !guest.hasParked, let source = guest.source, source.isReadable { pump(source) }
  }

  /// Carries from a guest to its partner: until it has no more, its partner takes no more, or its share of this turn is
  /// used up.
  func pump(_ source: Guest) {
    guard let sink = source.sink else { return }
    for _ in 0..<RelayLimits.readsPerTurn {
      guard source.isReadable, !sink.hasParked else { return }
      let isTight = counters.parkedMemory.value > RelayLimits.parkedBytesHigh
      let limit = isTight ? RelayLimits.readBytesTight : RelayLimits.readBytesMax
      let load = forwarder.forward(from: source.number, to: sink.number, atMost: limit)
      switch load.received {
      case .wouldBlock:
        source.isReadable = false
      case .endOfStream:
        source.isReadable = false
        report(.ended, of: source.slot)
      case .broken:
        source.isReadable = false
        report(.failed, of: source.slot)
      case .bytes(let count):
        // What comes after a socket was emptied is reported anew (epoll(7)).
        if count < limit, source.shortReadsEmpty { source.isReadable = false }
        counters.bytes.add(count)
        source.carriedBytes += count
        if let code = load.sendError {
          report(Guest.event(ofWriteError: code), of: sink.slot)
        } else if load.sent < count {
          sink.isWritable = false
          park(forwarder.rest(of: count, after: load.sent), for: sink)
          counters.stalls.add(1)
        }
      }
    }
    if source.isReadable, !sink.hasParked { leaveUnfinished(source) }
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
  func report(_ event: LinkEvent, of slot: Int) { account { $0.handle(event, of: slot, now: now, &$1) } }
}
