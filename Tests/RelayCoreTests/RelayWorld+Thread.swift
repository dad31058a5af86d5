import Basics

@testable import ChatProtocol
@testable import RelayCore

// The work of a relay's thread.
extension RelayWorld {
  mutating func expire() { if let due = table.deadline, due <= now { table.expire(now: now, &admission) } }

  /// A guest is ready.
  mutating func serve(_ slot: Int) {
    guard guests[slot] != nil else { return }
    flush(slot)
    if guests[slot]!.receiver != nil { pump(slot) } else { readUncarried(slot) }
    if let guest = guests[slot], guest.isBroken || guest.hasEnded && guest.receivedEnd, !guest.reportedHangUp {
      guests[slot]!.reportedHangUp = true
      report(.hungUp, of: slot)
    }
  }

  private mutating func report(_ event: LinkEvent, of slot: Int) { table.handle(event, of: slot, now: now, &admission) }

  private mutating func readUncarried(_ slot: Int) {
    let guest = guests[slot]!
    switch table.reading(of: slot) {
    case .header(let limit): readHeader(slot, atMost: limit)
    case .proof: readProof(slot)
    case .line:
      guests[slot]!.unread = []
      if guest.unread.isEmpty {
        if guest.isBroken || guest.hasEnded { report(.ended, of: slot) }
      } else if let request = table.received(guest.unread[...], from: slot, now: now, &admission) {
        join(slot, request)
      }
    case .discarded:
      guests[slot]!.unread = []
      table.discarded(guest.unread.count, from: slot, now: now, &admission)
      if guest.isBroken { report(.lost, of: slot) } else if guest.hasEnded { report(.ended, of: slot) }
    case .carried: break
    case .end: if guest.hasEnded || guest.isBroken { report(.ended, of: slot) }
    case .nothing:
      if guest.unread.isEmpty, guest.hasEnded || guest.isBroken { report(.ended, of: slot) }
    }
  }

  private mutating func pump(_ slot: Int) {
    guard let guest = guests[slot], let receiver = guest.receiver, guests[receiver]!.parked.isEmpty else { return }
    if guest.isPaused || pauses(slot, receiver) { return }
    if guest.unread.isEmpty {
      if guest.isBroken, !guest.reportedBreak, !guest.hasEnded {
        guests[slot]!.reportedBreak = true
        report(.lost, of: slot)
      } else if guest.hasEnded || guest.isBroken {
        report(.ended, of: slot)
      }
      return
    }
    guests[slot]!.unread = []
    guests[receiver]!.parked = guest.unread
    guests[receiver]!.owed += guest.unread.count
    flush(receiver)
  }

  /// Now and then a pair has used up its rate, and rarely all that it may carry.
  private mutating func pauses(_ slot: Int, _ receiver: Int) -> Bool {
    guard table.limits.bytesPerSecond > 0 else { return false }
    switch Int.random(in: 0..<200, using: &numbers) {
    case 0:
      table.end(slot, .tooManyBytes, now: now, &admission)
      return true
    case ..<20:
      for slot in [slot, receiver] { guests[slot]!.isPaused = true }
      table.pause(slot, until: now + .milliseconds(300))
      return true
    default: return false
    }
  }

  private mutating func resume(_ pair: GuestTable.PairFacts) {
    for slot in [pair.first, pair.second] {
      guests[slot]?.isPaused = false
      pump(slot)
    }
  }

  private mutating func countCarried(_ pair: GuestTable.PairFacts) {
    guard let first = guests[pair.first], let second = guests[pair.second] else {
      return violations.append("a pair with nobody is asked what it carried")
    }
    table.carried(first.owed + second.owed, by: pair, now: now, &admission)
  }

  private mutating func flush(_ slot: Int) {
    guard var guest = guests[slot], !guest.parked.isEmpty else { return }
    if guest.isBroken {
      // A reset that comes after the end is reported as EPIPE (tcp_reset in the kernel's net/ipv4/tcp_input.c).
      let failure: LinkEvent = guest.hasEnded || guest.reportedBreak ? .takesNoMore : .writeFailed
      guest.reportedBreak = true
      guest.parked = []
      guests[slot] = guest
      report(failure, of: slot)
    } else {
      let count = min(guest.window, guest.parked.count)
      if guest.receivedEnd { violations.append("\(slot) is sent bytes after the end") }
      if let sender = guest.sender, guest.parked.prefix(count).contains(where: { $0 != guests[sender]?.mark }),
        guest.owed > 0, guest.received.count >= guest.parked.count
      {
        violations.append("\(slot) is sent the bytes of another pair")
      }
      guest.received += guest.parked.prefix(count)
      guest.window -= count
      if count > 0 { guest.lastTaken = now }
      guest.parked.removeFirst(count)
      guests[slot] = guest
      if table.isLingering(slot) { table.unsent(guest.parked.count, of: slot, now: now, &admission) }
    }
    if guests[slot]?.parked.isEmpty ?? false, let sender = guests[slot]?.sender { pump(sender) }
  }

  // MARK: Performing

  mutating func perform() {
    while let action = table.nextAction() {
      note("\(action)")
      perform(action)
    }
  }

  private mutating func perform(_ action: GuestTable.Action) {
    switch action {
    case .send(let slot, let bytes): send(bytes, to: slot)
    case .carry(let from, let to):
      if guests[from] == nil || guests[to] == nil { return violations.append("a pair with nobody") }
      (guests[from]!.receiver, guests[from]!.partner, guests[to]!.sender) = (to, to, from)
      pump(from)
    case .stopCarrying(let slot):
      guard let receiver = guests[slot]?.receiver else { return violations.append("\(slot) was not carried") }
      guests[slot]!.receiver = nil
      guests[receiver]!.sender = nil
    case .announceEnd(let slot): announceEnd(to: slot)
    case .countUnacknowledged(let slot): countUnacknowledged(slot)
    case .close(let slot, let ending): close(slot, ending)
    case .refused(_, let refusal): refusals[refusal, default: 0] += 1
    case .vanished(let slot):
      vanished += 1
      if !guests[slot]!.isBroken, !guests[slot]!.hasVanished {
        violations.append("\(slot) counts as vanished, and is there")
      }
    case .pairOpened(let pair, _):
      if guests[pair.first]?.room != guests[pair.second]?.room {
        violations.append("two of different rooms are paired")
      }
      for slot in [pair.first, pair.second] where guests[slot]?.partner != nil {
        violations.append("\(slot) is paired twice")
      }
      pairsOpened += 1
    case .pairEnded(let pair, let outcome, let length): ended(pair, outcome, after: length)
    case .countCarried(let pair): countCarried(pair)
    case .resume(let pair): resume(pair)
    }
  }

  /// The relay's own lines are short, and a guest reads them at once.
  private mutating func send(_ bytes: [UInt8], to slot: Int) {
    guard let guest = guests[slot] else { return violations.append("\(slot) is sent a line and is not there") }
    if guest.isBroken {
      guests[slot]!.reportedBreak = true
      report(guest.hasEnded ? .takesNoMore : .writeFailed, of: slot)
    } else if table.isLingering(slot) {
      table.unsent(0, of: slot, now: now, &admission)
    }
  }

  private mutating func announceEnd(to slot: Int) {
    guests[slot]!.receivedEnd = true
    guard let partner = guests[slot]!.partner, guests[partner]?.partner == slot else { return }
    if !guests[partner]!.hasEnded { violations.append("\(slot) sees an end that \(partner) never announced") }
  }

  private mutating func countUnacknowledged(_ slot: Int) {
    guard let guest = guests[slot] else { return violations.append("\(slot) is counted and is not there") }
    table.counted(
      slot, unsent: guest.parked.count, unacknowledged: guest.isBroken || guest.hasVanished ? 1 : 0, now: now,
      &admission)
  }

  private mutating func ended(_ pair: GuestTable.PairFacts, _ outcome: PairOutcome, after length: Duration) {
    let (first, second) = (guests[pair.first]!, guests[pair.second]!)
    outcomes[outcome, default: 0] += 1
    // A reset may read as an end of stream.
    let isHalfClosed = [first, second].contains { $0.hasEnded || $0.isBroken }
    switch outcome {
    case .idle, .halfClosed, .tooLong, .tooManyBytes:
      for slot in [pair.first, pair.second] { guests[slot]!.isLimited = true }
      if table.limits.bytesPerSecond == 0 { violations.append("a pair without limits met one") }
      if outcome == .halfClosed, !isHalfClosed { violations.append("a pair that is whole counts as half-closed") }
      if outcome == .tooLong, length < .seconds(60) { violations.append("a pair of \(length) was too long") }
      if outcome == .idle, length < .seconds(40) { violations.append("a pair of \(length) was idle") }
      return
    default: if length > .seconds(61), table.limits.length != nil { violations.append("a pair lasted \(length)") }
    }
    guard outcome == .goodbye else {
      for slot in [pair.first, pair.second] { guests[slot]!.lastTaken = now }
      if ![first, second].contains(where: { $0.isBroken || $0.isReplaced }) {
        violations.append("a break where no link broke")
      }
      return
    }
    for (one, other) in [(first, second), (second, first)] {
      // Nothing may be lost where both announced their end.
      if other.received.count != one.sent { violations.append("\(other.received.count) of \(one.sent) bytes arrived") }
      if !one.hasEnded { violations.append("a goodbye that nobody announced") }
    }
  }

  private mutating func close(_ slot: Int, _ ending: GuestTable.Ending) {
    guard let guest = guests[slot] else { return violations.append("\(slot) is closed twice") }
    if guest.receiver != nil || guest.sender != nil { violations.append("\(slot) is closed while it is carried") }
    if guest.isReplaced { replaced += 1 }
    if guest.partner != nil, ending == .reset, !guest.isBroken, !guest.isReplaced, !guest.isLimited {
      if guest.received.count != guest.owed, now - guest.lastTaken < .seconds(10) {
        violations.append("\(slot) received \(guest.received.count) of \(guest.owed) bytes before its reset")
      }
      delivered += 1
    }
    guests[slot] = nil
    freeSlots.append(slot)
    note("closed \(slot)")
  }

  // MARK: What must hold

  mutating func check() {
    var occupied: [RoomName: Int] = [:]
    var (waiting, counted, refused) = (0, 0, 0)
    for (slot, guest) in guests {
      let state = table.state(of: slot)
      if state.stage != nil { counted += 1 }
      switch state {
      case .absent: violations.append("\(slot) is forgotten")
      case .header, .preamble, .proving: break
      case .waiting:
        waiting += 1
        if let room = guest.room { occupied[room, default: 0] += 1 }
      case .paired(let index, let position):
        if let room = guest.room { occupied[room, default: 0] += 1 }
        if table.pairs[Int(index)]?.slot(position) != slot { violations.append("\(slot) is in the pair of others") }
        // A pair that is not confirmed carries nothing yet.
        let partner = table.confirmations[index] == nil ? table.pairs[Int(index)]?.slot(position.other) : nil
        if partner != guest.partner {
          violations.append("\(slot) has two partners")
        }
      case .lingering(let lingering): if lingering.isRefused { refused += 1 }
      }
    }
    if let crowded = occupied.first(where: { $0.value > 2 }) {
      violations.append("\(crowded.value) are in \(crowded.key.text)")
    }
    if occupied.count != table.rooms.count { violations.append("a room is left over") }
    if admission.waiting != waiting { violations.append("\(waiting) wait, counted are \(admission.waiting)") }
    if admission.guests != counted { violations.append("guests are miscounted") }
    if table.refusedCount != refused { violations.append("refused guests are miscounted") }
    if counted > RelayWorld.bounds.guests || waiting > RelayWorld.bounds.waiting || refused > RelayWorld.refusedMax {
      violations.append("a bound does not hold")
    }
  }
}
