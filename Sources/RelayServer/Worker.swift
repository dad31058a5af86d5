import Basics
import ChatProtocol
import RelayCore
import Sockets

/// One thread of a relay: its event loop, its sockets and its table of guests.
///
/// A turn has a fixed order of phases:
///
/// ```
///   wait ▸ ready guests ▸ unfinished guests ▸ deadlines ▸ housekeeping ▸ mail ▸ accept ▸ perform ▸ reap
/// ```
///
/// ``GuestTable`` decides; the loop moves bytes, reports, and in one phase performs the table's actions. A closed
/// guest's descriptor and slot are free again in the last phase only, so that no report of this turn can meet another
/// guest in the same slot.
final class Worker {
  let index: Int
  let context: RelayContext
  let counters: Counters
  let epoll: EpollSet
  let parkedMemoryHigh: Int
  let forwarder = Forwarder(capacity: RelayLimits.readBytesMax)
  var table: GuestTable
  var policy: RelayPolicy
  /// The time of this turn, once somebody asked: a turn that only carries does without.
  private var frozenNow: Instant?

  private(set) var guests: [Guest?] = []
  /// The time at which some of the guests are looked at, and which.
  var healthCheckAt: Instant?
  var healthCheckRound = 0
  var hasGuests: Bool { guestCount > 0 }
  private var freeSlots: [Int] = []
  private var closed: [Guest] = []
  private var unfinished: [Guest] = []
  private var guestCount = 0

  var acceptAgainAt: Instant?
  /// The failure that pauses accepting, until it works again.
  var acceptFailure: SystemError?
  var watchesListeners = false
  private var isStopped = false
  /// Of the first thread only.
  private let housekeeping: Housekeeping?

  // Tokens of what is no guest. Guests' are their slots, from 0.
  private static let mailToken = -1
  private static let housekeepingToken = -2
  static let listenerToken = -3
  static let plainListenerToken = -4

  init(_ index: Int, _ context: RelayContext, with housekeeping: Housekeeping? = nil) throws(SystemError) {
    self.index = index
    self.housekeeping = housekeeping
    self.context = context
    counters = context.counters[index]
    policy = context.settings.policy
    parkedMemoryHigh = context.settings.parkedMemoryHigh
    table = GuestTable(
      times: policy.times, limits: policy.pairLimits,
      refusedMax: RelayLimits.refusedMax(threads: context.settings.threads))
    epoll = try EpollSet()
    try epoll.watchLevelTriggered(context.mailboxes[index].number, as: Worker.mailToken)
    if let housekeeping { try epoll.watchLevelTriggered(housekeeping.number, as: Worker.housekeepingToken) }
    try watchListeners()
  }

  /// Carries until it is asked to end.
  func run() {
    counters.adoptThread()
    while !isOver { turn() }
    context.mailboxes[index].close()
    withTable { $0.stop(now: now, &$1) }
    perform()
    reap()
    for case let guest? in guests { breakOff(guest) }
    context.endedThreads.add(1, ordering: .releasing)
    context.endedWaker.wake()
  }

  private var isOver: Bool {
    isStopped || guestCount == 0 && table.isDraining && context.mailboxes[index].closeIfEmpty()
  }

  // MARK: The turn

  private func turn() {
    let reports: Int
    do throws(SystemError) {
      reports = try epoll.wait(atMost: unfinished.isEmpty ? nextDeadline.map { $0 - now } : .zero)
    } catch {
      preconditionFailure("waiting failed: \(error)")
    }
    frozenNow = nil
    var hasMail = false
    var hasHousekeeping = false
    var listeners: [Int] = []
    for report in 0..<reports {
      switch epoll.token(at: report) {
      case Worker.mailToken: hasMail = true
      case Worker.housekeepingToken: hasHousekeeping = true
      case let token where token < 0: listeners.append(token)
      case let slot: if let guest = guests[slot] { serve(guest, epoll.readiness(at: report)) }
      }
    }
    resumeUnfinished()
    if let due = table.deadline, due <= now { withTable { $0.expire(now: now, &$1) } }
    if let due = healthCheckAt, due <= now { checkHealthOfSome() }
    if let housekeeping, hasHousekeeping || housekeeping.deadline.map({ $0 <= now }) ?? false {
      housekeeping.run(now: now)
    }
    if let again = acceptAgainAt, again <= now { resumeAccepting() }
    if hasMail { for mail in context.mailboxes[index].take() { open(mail) } }
    for token in listeners { accept(token) }
    perform()
    reap()
  }

  var now: Instant {
    if let frozenNow { return frozenNow }
    let now = Instant(sinceOrigin: MonotonicClock.now())
    frozenNow = now
    return now
  }

  private var nextDeadline: Instant? { nearest(table.deadline, acceptAgainAt, healthCheckAt, housekeeping?.deadline) }

  /// Calls what changes the table, and with it what guests are counted as.
  func withTable<Result>(_ change: (inout GuestTable, inout Admission) -> Result) -> Result {
    context.admission.withLock { change(&table, &$0) }
  }

  private func resumeUnfinished() {
    guard !unfinished.isEmpty else { return }
    let waiting = unfinished
    unfinished.removeAll(keepingCapacity: true)
    for guest in waiting where !guest.isReleased {
      guest.isUnfinished = false
      serve(guest, [])
    }
  }

  /// Goes on with a guest in the next turn.
  func leaveUnfinished(_ guest: Guest) {
    if guest.isUnfinished { return }
    guest.isUnfinished = true
    unfinished.append(guest)
  }

  // MARK: Mail

  private func open(_ mail: Mail) {
    switch mail {
    case .guest(let link, let origin, let request):
      seat(link) { slot in
        table.adopt(slot, from: origin)
        join(slot, request)
      }
    case .drain:
      withTable { $0.drain(now: now, &$1) }
      stopAccepting()
    case .policy(let new):
      policy = new
      (table.times, table.limits) = (new.times, new.pairLimits)
    case .stop:
      isStopped = true
    case .ping:
      counters.pingsAnswered.add(1)
    }
  }

  // MARK: Slots

  /// Gives a guest a slot, has the table enter it there, and watches its socket.
  func seat(_ link: GuestLink, _ enter: (Int) -> Void) {
    let slot = freeSlots.popLast() ?? guests.count
    if slot == guests.count { guests.append(nil) }
    guests[slot] = Guest(link, slot: slot)
    guestCount += 1
    counters.guests.set(guestCount)
    if healthCheckAt == nil { healthCheckAt = now + RelayLimits.healthCheckInterval }
    enter(slot)
    do throws(SystemError) {
      try epoll.watchEdges(link.socket.number, as: slot)
    } catch {
      report(.lost, of: slot)
    }
  }

  /// Releases a guest: drops what is parked for it. Its slot is freed, and its link closed, in the last phase of this
  /// turn.
  func release(_ guest: Guest) {
    guest.isReleased = true
    countingParked(of: guest) { $0.unpark() }
    closed.append(guest)
  }

  /// Frees the slots of what was released, and closes its links but those that went to another thread.
  private func reap() {
    for guest in closed {
      guests[guest.slot] = nil
      freeSlots.append(guest.slot)
      guestCount -= 1
    }
    counters.guests.set(guestCount)
    closed.removeAll(keepingCapacity: true)
  }

  /// Ends a guest by force: a break must not pass for a goodbye of its partner.
  private func breakOff(_ guest: Guest) {
    setCloseMode(of: guest, table.ending(of: guest.slot))
    guest.stopCarrying()
  }
}
