import Basics
import ChatProtocol
import RelayCore
import Sockets

// Guests who are paired: what one sends goes to the other.
extension Worker {
  func pair(_ first: Guest, _ second: Guest) {
    let number = shared.pairsNumbered.add(1, ordering: .relaxed).newValue
    // Each keeps it.
    _ = Pair(number, first, second, at: now)
    shared.admission.withLock { $0.pair(first.link.source, second.link.source) }
    counters.pairsOpened.add(1)
    if shared.settings.verbosity > 0 {
      shared.journal.add("pair \(number) joined: \(first.link.address) and \(second.link.address)")
    }
    // Either may have been told of bytes already, or found to be gone, and will not be again.
    for guest in [first, second] {
      if let failure = guest.writeFailure { happened(failure, of: guest) }
      if guest.isReadable { pump(guest) }
    }
  }

  /// Something changed for one of a pair.
  func serve(_ guest: Guest) {
    if guest.isWritable, guest.hasParked {
      if !flush(guest), let failure = guest.writeFailure { happened(failure, of: guest) }
      // Nothing waits for it any more: its partner may go on.
      if !guest.hasParked, let partner = guest.partner, partner.isReadable { pump(partner) }
    }
    if guest.isReadable { pump(guest) }
    if guest.isHungUp { happened(.hungUp, of: guest) }
  }

  /// Carries from a guest to its partner: until it has no more, its partner takes no more, or its share of this turn is used up.
  func pump(_ source: Guest) {
    guard let sink = source.partner else { return }
    for _ in 0..<RelayLimits.readsPerTurn {
      guard source.isReadable, source.isCarried, !sink.hasParked else { return }
      let isTight = counters.parkedBytes.value > RelayLimits.parkedBytesHigh
      let limit = isTight ? RelayLimits.readBytesTight : RelayLimits.readBytesMax
      let load = carrier.forward(from: source.number, to: sink.number, atMost: limit)
      switch load.received {
      case .wouldBlock:
        source.isReadable = false
      case .endOfStream:
        source.isReadable = false
        happened(.ended, of: source)
      case .broken:
        source.isReadable = false
        happened(.failed, of: source)
      case .bytes(let count):
        // What comes after a socket was emptied is told anew (epoll(7)).
        if count < limit, source.shortReadsEmpty { source.isReadable = false }
        counters.bytes.add(count)
        source.carriedBytes += count
        if let code = load.sendError {
          sink.writeFailure = sink.writeFailure ?? Guest.event(ofWriteError: code)
          happened(sink.writeFailure!, of: sink)
        } else if load.sent < count {
          sink.isWritable = false
          sink.park(carrier.rest(of: count, after: load.sent))
          counters.parkedBytes.add(count - load.sent)
          counters.stalls.add(1)
        }
      }
    }
    if source.isReadable, source.isCarried, !sink.hasParked { leaveUnfinished(source) }
  }

  /// Something was found out about the link of one of a pair.
  private func happened(_ event: Splice.Event, of guest: Guest) {
    guard let pair = guest.pair, let partner = guest.partner else { return }
    if pair.splice.handle(event, of: guest.side) {
      partner.link.socket.halfClose()
      partner.isHalfClosed = true
    }
    guest.isCarried = pair.splice.reads(from: guest.side)
    partner.isCarried = pair.splice.reads(from: partner.side)
    if pair.splice.ending != nil, !pair.isOver {
      pair.isOver = true
      overPairs.append(pair)
    }
  }

  /// Takes the pairs apart that are over.
  func takeApart() {
    guard !overPairs.isEmpty else { return }
    for pair in overPairs {
      pair.first.part()
      pair.second.part()
      note(pair)
      guard case .broken(let survivor) = pair.splice.ending else {
        letGo(pair.first)
        letGo(pair.second)
        continue
      }
      for guest in [pair.first, pair.second] {
        guest.endsByReset = true
        if guest.side != survivor { letGo(guest) }
      }
      for guest in [pair.first, pair.second] where guest.side == survivor { serveSurvivor(guest) }
    }
    overPairs.removeAll(keepingCapacity: true)
  }

  private func note(_ pair: Pair) {
    let isGoodbye = pair.splice.ending == .goodbye
    (isGoodbye ? counters.pairsEndedByGoodbye : counters.pairsEndedByBreak).add(1)
    guard shared.settings.verbosity >= 0 else { return }
    let seconds = (now - pair.opened).components.seconds
    shared.journal.add(
      "pair \(pair.number) ended \(isGoodbye ? "by goodbye" : "by a broken link") after \(seconds) s: "
        + "\(pair.first.carriedBytes) bytes one way, \(pair.second.carriedBytes) the other")
  }
}
