import ChatProtocol
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
    // Either may have been told of bytes already, and will not be again.
    if first.isReadable { pump(first) }
    if second.isReadable { pump(second) }
  }

  /// Something changed for one of a pair.
  func serve(_ guest: Guest) {
    if guest.isWritable, guest.hasParked {
      if flush(guest) {
        if !guest.hasParked { drained(into: guest) }
      } else if let partner = guest.partner {
        happened(.sinkBroke, from: partner)
      }
    }
    if guest.isReadable { pump(guest) }
    if guest.isHungUp, !guest.isCarried, let partner = guest.partner {
      // Both directions of its link are over, and this one not by a goodbye of ours.
      happened(.sinkBroke, from: partner)
    }
  }

  /// Nothing waits for a guest any more: its partner may go on, or has ended.
  private func drained(into guest: Guest) {
    guard let partner = guest.partner else { return }
    happened(.drained, from: partner)
    if partner.isReadable { pump(partner) }
  }

  /// Carries from a guest to its partner: until it has no more, its partner takes no more, or its share of this turn is used up.
  func pump(_ source: Guest) {
    guard let sink = source.partner else { return }
    for _ in 0..<RelayLimits.readsPerTurn {
      guard source.isReadable, source.isCarried, !sink.hasParked else { return }
      let isTight = counters.parkedBytes.value > RelayLimits.parkedBytesHigh
      let limit = isTight ? RelayLimits.readBytesTight : RelayLimits.readBytesMax
      let load = carrier.carry(from: source.number, to: sink.number, atMost: limit)
      switch load.taken {
      case .wouldBlock:
        source.isReadable = false
      case .endOfStream:
        source.isReadable = false
        happened(.sourceEnded, from: source)
        if !sink.hasParked { happened(.drained, from: source) }
      case .broken:
        source.isReadable = false
        happened(.sourceBroke, from: source)
      case .bytes(let count):
        // A short read has emptied the socket, unless its end is there too: what comes later is told anew (epoll(7)).
        if count < limit, !source.hasEnded { source.isReadable = false }
        counters.bytes.add(count)
        source.carriedBytes += count
        if load.sinkBroke {
          happened(.sinkBroke, from: source)
        } else if load.given < count {
          sink.isWritable = false
          sink.park(carrier.rest(of: count, after: load.given))
          counters.parkedBytes.add(count - load.given)
          counters.stalls.add(1)
        }
      }
    }
    if source.isReadable, source.isCarried, !sink.hasParked { leaveUnfinished(source) }
  }

  private func happened(_ event: Splice.Event, from source: Guest) {
    guard let sink = source.partner, let pair = source.pair else { return }
    if event == .sourceBroke { source.endsByReset = true }
    if event == .sinkBroke { sink.endsByReset = true }
    if pair.splice.handle(event, from: source.side) == .halfClose { sink.link.socket.halfClose() }
    source.isCarried = pair.splice.reads(from: source.side)
    sink.isCarried = pair.splice.reads(from: sink.side)
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
      // A guest whose link broke is let go of first; then the other is parting, or let go of as well to make room.
      let (one, other) = pair.first.endsByReset ? (pair.first, pair.second) : (pair.second, pair.first)
      let isBroken = pair.splice.ending == .broken
      if isBroken { other.endsByReset = true }
      depart(other, .paired)
      counters.partings.add(1)
      letGo(one)
      if other.isGone { continue }
      if isBroken { serveParting(other) } else { letGo(other) }
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
