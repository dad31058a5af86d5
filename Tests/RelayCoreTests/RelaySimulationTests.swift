import Basics
import TestSupport
import Testing

@testable import ChatProtocol
@testable import RelayCore

/// Thousands of guests of a relay in an invented world: they come, say their line whole, in pieces, wrongly or never, wait, talk,
/// stop reading, announce their end, break off at any point. A seed decides everything. The world carries bytes as a relay's
/// thread does, with the same machines, and checks what must hold at every step. Its links behave as Linux' do: a reset is told once,
/// by a read or a write, and reads as an end of stream afterwards; one over in both directions hangs up.
struct RelayWorld {
  enum Plan { case joins, joinsInPieces, sendsGarbage, staysSilent, speaksEarly, plain }

  struct Guest {
    var plan: Plan
    var room: RoomName?
    var source: Source?
    /// What is still to be sent of its first line.
    var line: [UInt8]
    /// Its own mark, in every byte it says to its partner.
    var mark: UInt8
    var partner: Int?
    var side = Splice.Side.first
    var pair: Int?
    /// Bytes of its that arrived at the relay and were not read yet, whether it has ended after them, or broke.
    var unread: [UInt8] = []
    var hasEnded = false
    var isBroken = false
    var toldBreak = false
    var toldHangUp = false
    /// What the relay keeps for it, and how much it takes before it must read.
    var parked: [UInt8] = []
    var window = 8
    var heard: [UInt8] = []
    var heardEnd = false
    var isTold: Refusal?
    var said = 0
    /// A survivor's: bytes its partner said that the relay had read.
    var owed = 0
  }

  var numbers: Dice
  var rooms: Rooms
  var admission: Admission
  var now = Instant(sinceOrigin: .zero)
  var guests: [Int: Guest] = [:]
  var splices: [Int: (splice: Splice, first: Int, second: Int)] = [:]
  var freeSlots: [Int] = []
  var slots = 0
  var pairsOpened = 0
  /// Guests whose partner's link broke and who took all that was sent before.
  var survivors = 0
  var refusals: [Refusal: Int] = [:]
  /// Everything that happened, folded into one number.
  var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  /// What was seen that must not be.
  var violations: [String] = []

  /// Tight enough that every one is met.
  static let bounds = Admission.Bounds(guests: 60, waiting: 12, joinsPerMinute: 16, waitingPerSource: 9)
  static let partingsMax = 16

  init(seed: UInt64) {
    numbers = Dice(seed: seed)
    rooms = Rooms(times: Rooms.Times(preamble: .seconds(10), room: .seconds(100)), partingsMax: RelayWorld.partingsMax)
    admission = Admission(RelayWorld.bounds)
  }

  // MARK: The world

  mutating func step() {
    now = now + .milliseconds(Int.random(in: 0...250, using: &numbers))
    if let due = rooms.deadline, due <= now { perform(rooms.expire(now: now)) }
    switch Int.random(in: 0..<100, using: &numbers) {
    case ..<25: arrive()
    default: if let slot = guests.keys.sorted().randomElement(using: &numbers) { act(slot) }
    }
    check()
  }

  mutating func arrive() {
    let slot = freeSlots.popLast() ?? slots
    slots = max(slots, slot + 1)
    let plan = [Plan.joins, .joins, .joins, .joinsInPieces, .sendsGarbage, .staysSilent, .speaksEarly, .plain]
      .randomElement(using: &numbers)!
    let room = RoomName("room-\(Int.random(in: 0..<20, using: &numbers))")
    let line =
      switch plan {
      case .joins, .joinsInPieces: "TINCAN/1 JOIN \(room!.text)\n"
      case .speaksEarly: "TINCAN/1 JOIN \(room!.text)\nhello"
      case .sendsGarbage:
        ["GET / HTTP/1.1\r\n", "TINCAN/9 JOIN a\n", "\u{16}\u{3}", "TINCAN/1 JOIN a b\n", "?"]
          .randomElement(using: &numbers)!
      case .staysSilent, .plain: ""
      }
    let source = Source(high: UInt64.random(in: 0..<5, using: &numbers), low: 0)
    let mark = UInt8.random(in: 0...255, using: &numbers)
    guests[slot] = Guest(
      plan: plan, room: plan == .plain ? nil : room, source: source, line: Array(line.utf8), mark: mark)
    note("arrive \(slot) \(plan)")
    if let refusal = admission.arrive(from: source, now: now) {
      perform(rooms.turnAway(slot, refusal, now: now))
    } else if plan == .plain {
      join(slot, nil)
    } else {
      perform(rooms.arrive(slot, now: now))
    }
  }

  mutating func act(_ slot: Int) {
    let dice = Int.random(in: 0..<100, using: &numbers)
    switch dice {
    case ..<45: say(slot)
    case ..<60: read(slot)
    case ..<70: finish(slot)
    case ..<74: breakOff(slot)
    default: serve(slot)
    }
  }

  /// The guest's machine sends something.
  mutating func say(_ slot: Int) {
    guard var guest = guests[slot], !guest.hasEnded, !guest.isBroken else { return }
    if !guest.line.isEmpty {
      let count =
        guest.plan == .joinsInPieces ? Int.random(in: 1...guest.line.count, using: &numbers) : guest.line.count
      guest.unread += guest.line.prefix(count)
      guest.line.removeFirst(count)
    } else if guest.pair != nil || guest.plan == .plain {
      // What is in the kernel is bounded, so a guest whose partner does not read stands still.
      guard guest.unread.count < 32 else { return }
      let count = Int.random(in: 1...12, using: &numbers)
      guest.unread += [UInt8](repeating: guest.mark, count: count)
      guest.said += count
    }
    guests[slot] = guest
    serve(slot)
  }

  /// The guest's program reads, so that there is room again.
  mutating func read(_ slot: Int) {
    guests[slot]?.window = 8
    flush(slot)
  }

  mutating func finish(_ slot: Int) {
    guests[slot]?.hasEnded = true
    serve(slot)
  }

  mutating func breakOff(_ slot: Int) {
    guests[slot]?.isBroken = true
    serve(slot)
  }

  // MARK: The relay

  /// What the loop does for a guest that is ready.
  mutating func serve(_ slot: Int) {
    switch rooms.standing(of: slot) {
    case .absent: break
    case .parting:
      guard let guest = guests[slot] else { return }
      guests[slot]!.unread = []
      flush(slot)
      if guest.isBroken || guest.hasEnded { letGo(slot) }
    case .surviving: serveSurvivor(slot)
    case .paired:
      pump(slot)
      if let guest = guests[slot], !guest.toldHangUp, guest.isBroken || guest.hasEnded && guest.heardEnd {
        guests[slot]!.toldHangUp = true
        happened(.hungUp, of: slot)
      }
    case .waiting where guests[slot]!.plan == .plain:
      if guests[slot]!.isBroken || guests[slot]!.hasEnded && guests[slot]!.unread.isEmpty { letGo(slot) }
    case .preamble, .waiting:
      let guest = guests[slot]!
      if guest.unread.isEmpty {
        if guest.isBroken || guest.hasEnded { letGo(slot) }
        return
      }
      guests[slot]!.unread = []
      let (room, actions) = rooms.received(guest.unread[...], from: slot, now: now)
      perform(actions)
      if let room { join(slot, room) }
    }
  }

  mutating func join(_ slot: Int, _ room: RoomName?) {
    var counted = admission
    let actions = rooms.join(slot, room, now: now) { counted.wait() }
    admission = counted
    perform(actions)
  }

  mutating func pump(_ slot: Int) {
    guard let guest = guests[slot], let pair = guest.pair, let partner = guest.partner else { return }
    guard guests[partner]!.parked.isEmpty, splices[pair]!.splice.reads(from: guest.side) else { return }
    if guest.unread.isEmpty {
      if guest.isBroken, !guest.toldBreak, !guest.hasEnded {
        guests[slot]!.toldBreak = true
        happened(.failed, of: slot)
      } else if guest.hasEnded || guest.isBroken {
        happened(.ended, of: slot)
      }
      return
    }
    guests[slot]!.unread = []
    guests[partner]!.parked = guest.unread
    guests[partner]!.owed += guest.unread.count
    flush(partner)
  }

  mutating func flush(_ slot: Int) {
    guard var guest = guests[slot], !guest.parked.isEmpty else { return }
    if guest.isBroken {
      // A reset that comes after the end is told as EPIPE (tcp_reset in the kernel's net/ipv4/tcp_input.c).
      let failure: Splice.Event = guest.hasEnded || guest.toldBreak ? .takesNoMore : .wasReset
      guest.toldBreak = true
      guest.parked = []
      guests[slot] = guest
      happened(failure, of: slot)
    } else {
      let count = min(guest.window, guest.parked.count)
      if guest.heardEnd { violations.append("\(slot) is sent bytes after the end") }
      if let partner = guest.partner, guest.parked.prefix(count).contains(where: { $0 != guests[partner]?.mark }) {
        violations.append("\(slot) is sent a stranger's bytes")
      }
      guest.heard += guest.parked.prefix(count)
      guest.window -= count
      guest.parked.removeFirst(count)
      guests[slot] = guest
    }
    if guests[slot]?.parked.isEmpty ?? false, let partner = guests[slot]?.partner { pump(partner) }
  }

  mutating func happened(_ event: Splice.Event, of slot: Int) {
    guard let guest = guests[slot], let pair = guest.pair, let partner = guest.partner else { return }
    if splices[pair]!.splice.handle(event, of: guest.side) {
      if !guest.hasEnded { violations.append("\(partner) is told a goodbye that \(slot) never said") }
      guests[partner]!.heardEnd = true
    }
    guard let ending = splices[pair]!.splice.ending else { return }
    note("pair \(pair) \(ending)")
    let sides = [(slot, partner), (partner, slot)]
    splices[pair] = nil
    for (one, _) in sides { (guests[one]!.pair, guests[one]!.partner) = (nil, nil) }
    guard case .broken(let survivor) = ending else {
      for (one, other) in sides {
        // Nothing may be lost where both said goodbye.
        if guests[other]!.heard.count != guests[one]!.said {
          violations.append("\(other) heard \(guests[other]!.heard.count) of \(guests[one]!.said) bytes")
        }
        if !guests[one]!.hasEnded { violations.append("a goodbye that \(one) never said") }
      }
      for (one, _) in sides { letGo(one) }
      return
    }
    if !sides.contains(where: { guests[$0.0]!.isBroken }) { violations.append("a break where no link broke") }
    for (one, _) in sides where guests[one]!.side != survivor {
      if !guests[one]!.isBroken { violations.append("\(one) is let go of, whose link is sound") }
      letGo(one)
    }
    for (one, _) in sides where guests[one]?.side == survivor { serveSurvivor(one) }
  }

  mutating func serveSurvivor(_ slot: Int) {
    flush(slot)
    guard let guest = guests[slot] else { return }
    if guest.isBroken, guest.toldHangUp || guest.toldBreak, !guest.heardEnd { return letGo(slot) }
    guard guest.parked.isEmpty || guest.isBroken else { return rooms.lookAgain(slot, now: now) }
    if !guest.isBroken, guest.heard.count != guest.owed {
      violations.append("survivor \(slot) heard \(guest.heard.count) of \(guest.owed) bytes")
    }
    survivors += 1
    letGo(slot)
  }

  mutating func letGo(_ slot: Int) {
    guard let guest = guests[slot] else { return }
    switch rooms.standing(of: slot) {
    case .preamble: admission.depart(from: guest.source, as: .unpaired)
    case .waiting: admission.depart(from: guest.source, as: .waiting)
    case .paired, .surviving: admission.depart(from: guest.source, as: .paired)
    case .parting, .absent: break
    }
    rooms.leave(slot, now: now)
    guests[slot] = nil
    freeSlots.append(slot)
    note("gone \(slot)")
  }

  mutating func perform(_ actions: [Rooms.Action]) {
    for action in actions {
      note("\(action)")
      switch action {
      case .tell(let slot, _):
        if guests[slot] == nil { violations.append("\(slot) is told something and is not there") }
      case .pair(let first, let second): pair(first, second)
      case .turnAway(let slot, let refusal, let before):
        switch before {
        case .preamble: admission.depart(from: guests[slot]!.source, as: .unpaired)
        case .waiting: admission.depart(from: guests[slot]!.source, as: .waiting)
        case .absent: break
        case .paired, .surviving, .parting: violations.append("a guest that is \(before) is turned away")
        }
        guests[slot]!.isTold = refusal
        refusals[refusal, default: 0] += 1
      case .close(let slot): letGo(slot)
      case .look(let slot): if guests[slot] != nil { serveSurvivor(slot) }
      }
    }
  }

  mutating func pair(_ first: Int, _ second: Int) {
    if guests[first]!.room != guests[second]!.room { violations.append("two of different rooms are joined") }
    for slot in [first, second] where guests[slot]!.pair != nil { violations.append("\(slot) is joined twice") }
    pairsOpened += 1
    splices[pairsOpened] = (Splice(), first, second)
    (guests[first]!.pair, guests[first]!.partner, guests[first]!.side) = (pairsOpened, second, .first)
    (guests[second]!.pair, guests[second]!.partner, guests[second]!.side) = (pairsOpened, first, .second)
    admission.pair(guests[first]!.source, guests[second]!.source)
    for slot in [first, second] { pump(slot) }
  }

  // MARK: What must hold

  mutating func check() {
    var occupied: [RoomName: Int] = [:]
    var (waiting, paired, preamble, parting, surviving) = (0, 0, 0, 0, 0)
    for (slot, guest) in guests {
      switch rooms.standing(of: slot) {
      case .absent: violations.append("\(slot) is forgotten")
      case .preamble: preamble += 1
      case .waiting:
        waiting += 1
        if let room = guest.room { occupied[room, default: 0] += 1 }
      case .paired(let partner):
        paired += 1
        if let room = guest.room { occupied[room, default: 0] += 1 }
        if guest.partner != partner { violations.append("\(slot) has two partners") }
      case .surviving: surviving += 1
      case .parting: parting += 1
      }
    }
    if let crowded = occupied.first(where: { $0.value > 2 }) {
      violations.append("\(crowded.value) are in \(crowded.key.text)")
    }
    if occupied.count != rooms.count { violations.append("a room is left over") }
    if admission.waiting != waiting { violations.append("\(waiting) wait, counted are \(admission.waiting)") }
    if admission.guests != waiting + paired + preamble + surviving { violations.append("guests are miscounted") }
    if admission.guests > RelayWorld.bounds.guests || waiting > RelayWorld.bounds.waiting
      || parting > RelayWorld.partingsMax
    {
      violations.append("a bound does not hold")
    }
  }

  /// No more come; everybody ends or runs out of time.
  mutating func settle() {
    perform(rooms.drain(now: now))
    for slot in guests.keys.sorted() where guests[slot] != nil && rooms.standing(of: slot) != .absent { finish(slot) }
    var rounds = 0
    while !guests.isEmpty, rounds < 10_000 {
      rounds += 1
      now = now + .milliseconds(100)
      if let due = rooms.deadline, due <= now { perform(rooms.expire(now: now)) }
      for slot in guests.keys.sorted() where guests[slot] != nil {
        read(slot)
        serve(slot)
      }
      check()
    }
  }

  mutating func note(_ event: String) {
    for byte in event.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
}

@Suite("A simulated relay")
struct RelaySimulationTests {
  static func run(seed: UInt64, steps: Int) -> RelayWorld {
    var world = RelayWorld(seed: seed)
    for _ in 0..<steps where world.violations.isEmpty { world.step() }
    world.settle()
    return world
  }

  @Test(
    "Never three in a room, never a byte to a stranger, every guest ends, nothing is left over",
    arguments: UInt64(1)...24)
  func holds(seed: UInt64) {
    let world = RelaySimulationTests.run(seed: seed, steps: 3000)
    #expect(world.violations == [], "seed \(seed)")
    #expect(world.guests.isEmpty, "seed \(seed): \(world.guests.count) guests never end")
    #expect(world.splices.isEmpty)
    #expect(world.rooms.count == 0)
    #expect(world.rooms.deadline == nil)
    #expect(world.admission.guests == 0)
    #expect(world.admission.waiting == 0)
    // A world in which nothing happens would hold as well.
    #expect(world.pairsOpened > 20)
    #expect(world.survivors > 2)
  }

  @Test("The seeds reach every refusal the rooms and the bounds know")
  func reach() {
    var refusals: Set<Refusal> = []
    for seed in UInt64(1)...24 { refusals.formUnion(RelaySimulationTests.run(seed: seed, steps: 3000).refusals.keys) }
    #expect(Set(Refusal.allCases).subtracting(refusals) == [])
  }

  @Test("The same seed gives the same run")
  func repeats() {
    let runs = (0..<2).map { _ in RelaySimulationTests.run(seed: 8463, steps: 2000).digest }
    #expect(runs[0] == runs[1])
    #expect(runs[0] != RelaySimulationTests.run(seed: 8462, steps: 2000).digest)
  }
}
