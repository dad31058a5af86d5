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
    case .line: readLine(guest)
    case .discarded: discard(guest)
    // It was paired in this turn: the carry is yet to be performed.
    case .carried: break
    case .end: if guest.hasEnded { report(.ended, of: guest.slot) }
    case .nothing:
      // The first guest of a pair that is not confirmed: its bytes are kept for its partner.
      if guest.hasEnded, guest.link.socket.hasOnlyItsEnd { report(.ended, of: guest.slot) }
    }
  }

  private func readLine(_ guest: Guest) {
    while guest.isReadable, table.reading(of: guest.slot) == .line {
      let limit = PreambleLimits.lineBytesMax + 1
      let (taken, bytes) = forwarder.receive(from: guest.link.socket, atMost: limit) { Array($0) }
      switch taken {
      case .wouldBlock: guest.isReadable = false
      case .endOfStream, .broken:
        guest.isReadable = false
        report(.ended, of: guest.slot)
      case .bytes(let count):
        if count < limit, guest.shortReadsEmpty { guest.isReadable = false }
        guard let request = withTable({ $0.received(bytes![...], from: guest.slot, now: now, &$1) }) else { continue }
        // A guest that announces its end before it is paired has left.
        if guest.hasEnded, guest.link.socket.hasOnlyItsEnd { return report(.ended, of: guest.slot) }
        enter(guest, request)
      }
    }
  }

  func join(_ slot: Int, _ request: JoinRequest?) {
    withTable { $0.join(slot, request, now: now, &$1, hasVanished: hasVanished) }
  }

  private func enter(_ guest: Guest, _ request: JoinRequest) {
    let home = context.home(of: request.room)
    if home == index { return join(guest.slot, request) }
    // Forgotten here first: from the post on it is the other thread's.
    epoll.forget(guest.number)
    let origin = table.handOver(guest.slot)
    release(guest)
    guard context.mailboxes[home].post(.guest(guest.link, origin, request)) else {
      // That thread has ended, so we are draining as well.
      return seat(guest.link) { slot in
        table.adopt(slot, from: origin)
        withTable { $0.drain(now: now, &$1) }
      }
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
