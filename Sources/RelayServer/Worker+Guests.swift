import Basics
import ChatProtocol
import RelayCore
import Sockets

// Performing what the table decided, and reading guests that are not carried.
extension Worker {
  /// Performs the table's actions, and those that they lead to.
  func perform() {
    while let action = table.nextAction() { perform(action) }
    counters.refusedLingering.set(table.refusedCount)
  }

  private func perform(_ action: GuestTable.Action) {
    switch action {
    case .send(let slot, let bytes):
      guard let guest = guests[slot], !guest.isReleased else { return }
      park(bytes, for: guest)
      flush(guest)
      // It may have been reported as readable when its bytes were not wanted.
      if guest.isReadable, guest.receiver == nil { read(guest) }
    case .carry(let from, let to):
      guard let sender = guests[from], let receiver = guests[to], !sender.isReleased, !receiver.isReleased else {
        return
      }
      sender.carry(to: receiver)
      // It may have been reported as readable already, and will not be again.
      if sender.isReadable { pump(sender) }
    case .stopCarrying(let slot): guests[slot]?.stopCarrying()
    case .announceEnd(let slot):
      guests[slot]?.link.socket.deliverAtClose()
      guests[slot]?.link.socket.halfClose()
    case .countUnacknowledged(let slot): if let guest = guests[slot], !guest.isReleased { countUnacknowledged(guest) }
    case .close(let slot, let ending):
      guard let guest = guests[slot], !guest.isReleased else { return }
      setCloseMode(of: guest, ending)
      release(guest)
    case .refused, .vanished, .pairOpened, .pairEnded: record(action)
    }
  }

  /// Sets how the close of a guest's link is to reach the guest, as the table says. A link resets unless it is told
  /// otherwise, so that the death of the relay is no goodbye; and an end that was announced may have to be taken back.
  func setCloseMode(of guest: Guest, _ ending: GuestTable.Ending) {
    switch ending {
    case .orderly: guest.link.socket.deliverAtClose()
    case .reset: guest.link.socket.resetAtClose()
    }
  }

  private func countUnacknowledged(_ guest: Guest) {
    if guest.isHungUp { report(.hungUp, of: guest.slot) }
    let unacknowledged = guest.link.socket.unacknowledgedBytes
    withTable {
      $0.counted(guest.slot, unsent: guest.parkedCount, unacknowledged: unacknowledged, now: now, &$1)
    }
  }

  // MARK: Reading

  /// Reads a guest that is not carried.
  func read(_ guest: Guest) {
    switch table.reading(of: guest.slot) {
    case .header: readHeader(guest)
    case .line: readLine(guest)
    case .proof: readProof(guest)
    case .discarded: discard(guest)
    // It was paired in this turn: the carry is yet to be performed.
    case .carried: break
    case .end: if guest.hasEnded { report(.ended, of: guest.slot) }
    case .nothing:
      // The first guest of a pair that is not confirmed: its bytes are kept for its partner.
      if guest.hasEnded, guest.link.socket.hasOnlyItsEnd { report(.ended, of: guest.slot) }
    }
  }

  /// Reads and forgets, as much as a turn has room for.
  private func discard(_ guest: Guest) {
    for _ in 0..<RelayLimits.readsPerTurn
    where guest.isReadable && table.reading(of: guest.slot) == .discarded {
      switch forwarder.receive(from: guest.link.socket, atMost: forwarder.capacity, { _ in }).received {
      case .wouldBlock: guest.isReadable = false
      case .endOfStream:
        guest.isReadable = false
        report(.ended, of: guest.slot)
      case .broken: report(.lost, of: guest.slot)
      case .bytes(let count): withTable { $0.discarded(count, from: guest.slot, now: now, &$1) }
      }
    }
    if guest.isReadable, table.reading(of: guest.slot) == .discarded { leaveUnfinished(guest) }
  }

  // MARK: Recording

  /// Writes into the journal and the metrics what happened.
  func record(_ action: GuestTable.Action) {
    let verbosity = context.settings.verbosity
    switch action {
    case .refused(let slot, let refusal):
      counters.refusals(refusal).add(1)
      if verbosity > 0, let guest = guests[slot] {
        context.journal.add("refused \(guest.link.address): \(refusal.word.rawValue): \(refusal.text)")
      }
    case .vanished(let slot):
      if verbosity > 0, let guest = guests[slot] {
        context.journal.add("vanished: \(guest.link.address) does not answer any more")
      }
    case .pairOpened(let pair):
      counters.pairsOpened.add(1)
      guard let first = guests[pair.first], let second = guests[pair.second] else { return }
      first.pairNumber = context.pairsNumbered.add(1, ordering: .relaxed).newValue
      second.pairNumber = first.pairNumber
      if verbosity > 0 {
        context.journal.add("pair \(first.pairNumber) joined: \(first.link.address) and \(second.link.address)")
      }
    case .pairEnded(let pair, let isGoodbye, let duration):
      (isGoodbye ? counters.pairsEndedByGoodbye : counters.pairsEndedByBreak).add(1)
      guard verbosity >= 0, let first = guests[pair.first], let second = guests[pair.second] else { return }
      context.journal.add(
        "pair \(first.pairNumber) ended \(isGoodbye ? "by goodbye" : "by a broken link") "
          + "after \(duration.components.seconds) s: "
          + "\(first.carriedBytes) bytes one way, \(second.carriedBytes) the other")
    case .send, .carry, .stopCarrying, .announceEnd, .countUnacknowledged, .close: break
    }
  }
}
