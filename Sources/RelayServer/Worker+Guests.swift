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
      if sender.budget == nil { setBudget(of: sender, receiver) }
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
    case .countCarried(let pair): countCarried(pair)
    case .resume(let pair): resume(pair)
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
}
