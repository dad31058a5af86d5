import Basics
import ChatProtocol
import RelayCore
import Sockets

// Guests who have no partner: before they are paired, and on their way out.
extension Worker {
  /// Does what ``Rooms`` decided. Whatever changes the rooms ends here.
  func perform(_ actions: [Rooms.Action]) {
    defer { roomsDeadline = rooms.deadline }
    for action in actions {
      switch action {
      case .tell(let slot, let reply): if let guest = guests[slot] { tell(guest, reply) }
      case .pair(let first, let second): pair(guests[first]!, guests[second]!)
      case .turnAway(let slot, let refusal, let before): turnAway(guests[slot]!, refusal, from: before)
      case .close(let slot): if let guest = guests[slot] { letGo(guest) }
      case .look(let slot): if let guest = guests[slot], !guest.isGone { serveSurvivor(guest) }
      }
    }
  }

  /// A guest wants a room that lives here; nil for the one without a name.
  func join(_ guest: Guest, _ room: RoomName?) {
    perform(rooms.join(guest.slot, room, now: now) { shared.admission.withLock { $0.wait() } })
  }

  private func tell(_ guest: Guest, _ reply: RelayReply) {
    // The last beat has not been acknowledged since: its machine has vanished. The kernel would take a quarter of an hour to find
    // that out (tcp(7), tcp_retries2), and the person may have come again by another way. A program behind a socket file may rest.
    if reply == .wait, guest.hasParked || guest.link.socket.unacknowledgedBytes > 0 {
      guard guest.link.address.family != .unix else { return }
      if shared.settings.verbosity > 0 {
        shared.journal.add("missed \(guest.link.address): it answered nothing any more")
      }
      return letGo(guest)
    }
    send(reply.bytes, to: guest)
  }

  private func send(_ bytes: [UInt8], to guest: Guest) {
    guest.park(bytes)
    counters.parkedBytes.add(bytes.count)
    flush(guest)
  }

  /// Sends what is parked. A link that takes nothing any more shows at the next read.
  /// - Returns: whether it still takes bytes.
  @discardableResult
  func flush(_ guest: Guest) -> Bool {
    let before = guest.parkedCount
    let isTaking = guest.flush()
    counters.parkedBytes.add(guest.parkedCount - before)
    return isTaking
  }

  func unpark(_ guest: Guest) {
    counters.parkedBytes.add(-guest.parkedCount)
    guest.unpark()
  }

  private func turnAway(_ guest: Guest, _ refusal: Refusal, from before: Rooms.Standing) {
    switch before {
    case .preamble: depart(guest, .unpaired)
    case .waiting: depart(guest, .waiting)
    case .absent, .paired, .surviving, .parting: break
    }
    counters.refusals(refusal).add(1)
    counters.partings.add(1)
    if shared.settings.verbosity > 0 {
      shared.journal.add("turned away \(guest.link.address): \(refusal.word): \(refusal.text)")
    }
    // Plain guests know nothing of the protocol's words, but a person reads the text.
    send(guest.isPlain ? Array("tincan relay: \(refusal.text)\n".utf8) : RelayReply.refused(refusal).bytes, to: guest)
    guest.owesHalfClose = true
    serveParting(guest)
  }

  // MARK: Serving

  func serveUnpaired(_ guest: Guest) {
    switch rooms.standing(of: guest.slot) {
    case .parting: serveParting(guest)
    case .surviving: serveSurvivor(guest)
    case .waiting where guest.isPlain: servePlainWaiting(guest)
    case .preamble, .waiting: hear(guest)
    case .absent, .paired: break
    }
  }

  /// A guest in its preamble said something, or one that waits did, who may not.
  private func hear(_ guest: Guest) {
    if guest.hasParked, guest.isWritable { flush(guest) }
    while guest.isReadable {
      let limit = PreambleLimits.lineBytesMax + 1
      let (taken, bytes) = carrier.receive(from: guest.link.socket, atMost: limit) { Array($0) }
      switch taken {
      case .wouldBlock: guest.isReadable = false
      case .endOfStream, .broken: return letGo(guest)
      case .bytes(let count):
        if count < limit, guest.shortReadsEmpty { guest.isReadable = false }
        let (room, actions) = rooms.received(bytes![...], from: guest.slot, now: now)
        perform(actions)
        if let room {
          // Who announces its end before it is paired has left.
          if guest.hasEnded, guest.link.socket.hasOnlyItsEnd { return letGo(guest) }
          return enter(guest, room)
        }
        // It may have been told to go.
        guard case .preamble = rooms.standing(of: guest.slot) else { return }
      }
    }
  }

  private func enter(_ guest: Guest, _ room: RoomName) {
    let home = shared.home(of: room)
    if home != index { return handOver(guest, room, to: home) }
    join(guest, room)
    // What it may have sent after JOIN is looked at now: no event will tell of it again.
    if guest.isReadable, guest.pair == nil, !guest.isGone { serveUnpaired(guest) }
  }

  /// A plain guest may speak before the other is there; it is heard when the other is. One that ended without a word is gone.
  private func servePlainWaiting(_ guest: Guest) {
    if guest.isHungUp || guest.hasEnded && guest.link.socket.hasOnlyItsEnd { letGo(guest) }
  }

  /// A guest told to go: tell it, announce the end, throw away what still comes.
  func serveParting(_ guest: Guest) {
    if guest.hasParked, guest.isWritable, !flush(guest) { return letGo(guest) }
    if guest.owesHalfClose, !guest.hasParked {
      guest.owesHalfClose = false
      guest.link.socket.halfClose()
    }
    for _ in 0..<RelayLimits.readsPerTurn where guest.isReadable {
      switch carrier.receive(from: guest.link.socket, atMost: carrier.capacity, { _ in }).received {
      case .wouldBlock: guest.isReadable = false
      case .endOfStream, .broken: return letGo(guest)
      case .bytes(let count):
        guest.discardedBytes += count
        if guest.discardedBytes > RelayLimits.partingBytesMax { return letGo(guest) }
      }
    }
    if guest.isReadable { leaveUnfinished(guest) }
  }

  /// A guest whose partner's link broke: it is to take what was sent before, and then to see a reset. What it still says is for nobody.
  func serveSurvivor(_ guest: Guest) {
    if guest.hasParked, guest.isWritable, !flush(guest) { return letGo(guest) }
    let untaken = guest.parkedCount + guest.link.socket.unacknowledgedBytes
    // It has all of it, or is gone itself. Two ends that were announced make a sound link hang up, too.
    if untaken == 0 || guest.isHungUp && !guest.isHalfClosed { return letGo(guest) }
    if untaken < guest.untakenBytes {
      guest.untakenBytes = untaken
      guest.patienceUntil = now + RelayLimits.survivorPatience
    }
    if let patience = guest.patienceUntil, patience <= now { return letGo(guest) }
    rooms.lookAgain(guest.slot, now: now)
    roomsDeadline = rooms.deadline
  }
}
