import Basics
import ChatProtocol
import Glibc
import RelayCore
import Sockets

/// One thread of a relay: its event loop, its rooms and its pairs.
///
/// A turn has a fixed order of phases:
///
/// ```
///   wait ▸ ready guests ▸ unfinished guests ▸ deadlines ▸ supervise ▸ mail ▸ let in ▸ take apart ▸ reap
/// ```
///
/// Who may be where and for how long is ``Rooms``' to decide, and how a pair comes apart ``Splice``'s; the loop moves bytes
/// and does what it is told. A handler only marks a guest as gone: its descriptor is closed and its slot free again in the last phase,
/// so that no event of this turn can meet another guest in the same slot.
final class Worker {
  let index: Int
  let shared: Shared
  let counters: Counters
  let queue: EventQueue
  let carrier = Forwarder(capacity: RelayLimits.readBytesMax)
  var rooms: Rooms
  /// The earliest deadline of ``rooms``, kept because it is asked for every turn.
  var roomsDeadline: Instant?
  /// The time of this turn, once somebody asked: a turn that only carries does without.
  private var frozenNow: Instant?

  var guests: [Guest?] = []
  private var freeSlots: [Int] = []
  private var gone: [Guest] = []
  var overPairs: [Pair] = []
  var unfinished: [Guest] = []
  private(set) var guestCount = 0

  private var listensAgainAt: Instant?
  private var isListening = false
  private var isStopped = false
  /// Of the first thread only.
  private let supervisor: Supervisor?

  // Tokens of what is no guest. Guests' are their slots, from 0.
  private static let mailToken = -1
  private static let listenerToken = -2
  private static let plainListenerToken = -3
  private static let supervisorToken = -4

  init(_ index: Int, _ shared: Shared, tending supervisor: Supervisor? = nil) throws(SystemError) {
    self.index = index
    self.supervisor = supervisor
    self.shared = shared
    counters = shared.counters[index]
    rooms = Rooms(
      times: shared.settings.times, partingsMax: RelayLimits.partingsMax(threads: shared.settings.threads))
    queue = try EventQueue()
    try queue.watchLevel(shared.mailboxes[index].number, as: Worker.mailToken)
    if let supervisor { try queue.watchLevel(supervisor.number, as: Worker.supervisorToken) }
    try listen()
  }

  /// Carries until told to end.
  func run() {
    while !isOver { turn() }
    shared.mailboxes[index].close()
    for case let guest? in guests where guest.pair != nil || guest.endsByReset {
      // Ended by force: nobody is to take it for a goodbye of the other.
      guest.link.socket.resetAtClose()
      guest.part()
    }
    shared.ended.add(1, ordering: .releasing)
    shared.endedWaker.wake()
  }

  private var isOver: Bool {
    isStopped || guestCount == 0 && rooms.isDraining && shared.mailboxes[index].closeIfEmpty()
  }

  // MARK: The turn

  private func turn() {
    let events: Int
    do throws(SystemError) {
      events = try queue.wait(atMost: unfinished.isEmpty ? nextDeadline.map { $0 - now } : .zero)
    } catch {
      preconditionFailure("waiting failed: \(error)")
    }
    frozenNow = nil
    var hasMail = false
    var hasSupervision = false
    var newcomers: [Int] = []
    for event in 0..<events {
      switch queue.token(at: event) {
      case Worker.mailToken: hasMail = true
      case Worker.supervisorToken: hasSupervision = true
      case let token where token < 0: newcomers.append(token)
      case let slot: if let guest = guests[slot] { wake(guest, queue.readiness(at: event)) }
      }
    }
    goOn()
    if let roomsDeadline, roomsDeadline <= now { perform(rooms.expire(now: now)) }
    if let supervisor, hasSupervision || supervisor.deadline.map({ $0 <= now }) ?? false { supervisor.tend(now: now) }
    if let again = listensAgainAt, again <= now { listenAgain() }
    if hasMail { for mail in shared.mailboxes[index].take() { open(mail) } }
    for token in newcomers { letIn(token) }
    takeApart()
    reap()
  }

  var now: Instant {
    if let frozenNow { return frozenNow }
    let now = Instant(sinceOrigin: MonotonicClock.now())
    frozenNow = now
    return now
  }

  private var nextDeadline: Instant? {
    var nearest = roomsDeadline
    func consider(_ due: Instant?) { if let due { nearest = min(nearest ?? due, due) } }
    consider(listensAgainAt)
    consider(supervisor?.deadline)
    return nearest
  }

  /// A guest's readiness changed.
  private func wake(_ guest: Guest, _ readiness: Readiness) {
    if guest.isGone { return }
    if readiness.contains(.readable) { guest.isReadable = true }
    if readiness.contains(.writable) { guest.isWritable = true }
    if readiness.contains(.ended) { guest.hasEnded = true }
    if !readiness.isDisjoint(with: [.ended, .marked]) { guest.shortReadsEmpty = false }
    // A Unix-domain peer that closed in good order looks the same: its end of stream tells.
    if readiness.contains(.hungUp), guest.link.address.family != .unix { guest.isHungUp = true }
    if guest.pair != nil { serve(guest) } else { serveUnpaired(guest) }
  }

  /// Goes on with those whose turn was over before their bytes were.
  private func goOn() {
    guard !unfinished.isEmpty else { return }
    let waiting = unfinished
    unfinished.removeAll(keepingCapacity: true)
    for guest in waiting where !guest.isGone {
      guest.isUnfinished = false
      if guest.pair != nil { pump(guest) } else { serveUnpaired(guest) }
    }
  }

  func leaveUnfinished(_ guest: Guest) {
    if guest.isUnfinished { return }
    guest.isUnfinished = true
    unfinished.append(guest)
  }

  // MARK: Mail

  private func open(_ mail: Mail) {
    switch mail {
    case .guest(let link, let room):
      guard let guest = seat(link, isPlain: false) else {
        shared.admission.withLock { $0.depart(from: link.source, as: .unpaired) }
        return
      }
      join(guest, room)
    case .drain:
      perform(rooms.drain(now: now))
      // Who is in the kernel's queue already is told as well, unless a successor will let it in.
      if !shared.listener.isInherited { letIn(Worker.listenerToken, atMost: Int(RelayLimits.backlog)) }
      if index == 0, let plain = shared.plainListener, !plain.isInherited {
        letIn(Worker.plainListenerToken, atMost: Int(RelayLimits.backlog))
      }
      stopListening()
      listensAgainAt = nil
      shared.listener.stop()
      if index == 0 { shared.plainListener?.stop() }
    case .stop:
      isStopped = true
    }
  }

  // MARK: Letting in

  /// Watches the listeners.
  private func listen() throws(SystemError) {
    isListening = true
    do throws(SystemError) { try watchListeners() } catch {
      stopListening()
      throw error
    }
  }

  private func watchListeners() throws(SystemError) {
    for number in shared.listener.numbers { try queue.watchLevel(number, as: Worker.listenerToken, wakesOne: true) }
    // The room without a name is one for the whole relay, so all plain guests come in at one thread.
    if index == 0, let plain = shared.plainListener {
      for number in plain.numbers { try queue.watchLevel(number, as: Worker.plainListenerToken) }
    }
  }

  private func stopListening() {
    guard isListening else { return }
    isListening = false
    for number in shared.listener.numbers { queue.forget(number) }
    if index == 0, let plain = shared.plainListener { for number in plain.numbers { queue.forget(number) } }
  }

  private func listenAgain() {
    listensAgainAt = nil
    do throws(SystemError) { try listen() } catch { listensAgainAt = now + RelayLimits.acceptPause }
  }

  private func letIn(_ token: Int, atMost limit: Int = RelayLimits.acceptsPerTurn) {
    guard isListening else { return }
    let isPlain = token == Worker.plainListenerToken
    guard let listener = isPlain ? shared.plainListener : shared.listener else { return }
    do throws(SystemError) {
      for number in listener.numbers {
        for _ in 0..<limit {
          guard let accepted = try listener.accept(on: number) else { break }
          let address = accepted.address
          admit(GuestLink(accepted.take(), from: address), isPlain: isPlain)
        }
      }
    } catch {
      stopListening()
      // Another thread that drains has stopped the listener; our mail will say so.
      if error.code == EINVAL { return }
      // The newcomer stays in the kernel's queue; looking again at once would only spin.
      listensAgainAt = now + RelayLimits.acceptPause
      if shared.counters.allSatisfy({ $0.acceptPauses.value == 0 }) {
        shared.journal.add("nobody can be let in for a moment: \(error)")
      }
      counters.acceptPauses.add(1)
    }
  }

  private func admit(_ link: GuestLink, isPlain: Bool) {
    (isPlain ? counters.plainArrivals : counters.arrivals).add(1)
    let refusal = shared.admission.withLock { $0.arrive(from: link.source, now: now) }
    guard let guest = seat(link, isPlain: isPlain) else {
      if refusal == nil { shared.admission.withLock { $0.depart(from: link.source, as: .unpaired) } }
      return
    }
    if let refusal {
      perform(rooms.turnAway(guest.slot, refusal, now: now))
    } else if isPlain {
      join(guest, nil)
    } else {
      perform(rooms.arrive(guest.slot, now: now))
    }
  }

  /// Gives a guest a slot and watches it.
  /// - Returns: nil when the kernel cannot; the link is dropped then.
  private func seat(_ link: GuestLink, isPlain: Bool) -> Guest? {
    let slot = freeSlots.popLast() ?? guests.count
    if slot == guests.count { guests.append(nil) }
    let guest = Guest(link, slot: slot, isPlain: isPlain)
    do throws(SystemError) {
      try queue.watch(link.socket.number, as: slot)
    } catch {
      freeSlots.append(slot)
      return nil
    }
    guests[slot] = guest
    guestCount += 1
    return guest
  }

  // MARK: Letting go

  /// Marks a guest as gone.
  func letGo(_ guest: Guest) {
    guard !guest.isGone else { return }
    guest.isGone = true
    if guest.endsByReset { guest.link.socket.resetAtClose() }
    unpark(guest)
    gone.append(guest)
    switch rooms.standing(of: guest.slot) {
    case .preamble: depart(guest, .unpaired)
    case .waiting: depart(guest, .waiting)
    case .paired, .surviving: depart(guest, .paired)
    case .parting: counters.partings.add(-1)
    case .absent: break
    }
    leaveRooms(guest)
  }

  private func leaveRooms(_ guest: Guest) {
    rooms.leave(guest.slot, now: now)
    roomsDeadline = rooms.deadline
  }

  func depart(_ guest: Guest, _ standing: Admission.Standing) {
    shared.admission.withLock { $0.depart(from: guest.link.source, as: standing) }
  }

  /// Hands a guest to the thread its room lives on.
  func handOver(_ guest: Guest, _ room: RoomName, to home: Int) {
    guard shared.mailboxes[home].post(.guest(guest.link, room)) else {
      // That thread has ended, so we are draining as well and shall be told in a moment.
      return perform(rooms.turnAway(guest.slot, .draining, now: now))
    }
    queue.forget(guest.link.socket.number)
    // It leaves this thread, not the relay.
    guest.isGone = true
    gone.append(guest)
    leaveRooms(guest)
  }

  /// Closes what is gone.
  private func reap() {
    for guest in gone {
      guests[guest.slot] = nil
      freeSlots.append(guest.slot)
      guestCount -= 1
    }
    gone.removeAll(keepingCapacity: true)
  }
}
