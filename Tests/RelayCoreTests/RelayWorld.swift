import Basics
import TestSupport

@testable import ChatProtocol
@testable import RelayCore

/// Thousands of guests of a relay in an invented world: they arrive, send their line whole, in pieces, wrongly or
/// never, wait, talk, stop reading, announce their end, break off at any point. A seed decides everything. The world
/// carries bytes as a relay's thread does, with the same table, and checks what must hold at every step. Its links
/// behave as Linux' do: a reset is reported once, by a read or a write, and reads as an end of stream afterwards; a
/// link that is over in both directions hangs up.
struct RelayWorld {
  enum Plan { case joins, joinsInPieces, sendsGarbage, staysSilent, speaksEarly, plain }

  struct Guest {
    var plan: Plan
    var room: RoomName?
    var side: RelaySide?
    /// The rest of its first line, not sent yet.
    var line: [UInt8]
    /// Its own mark, in every byte it sends to its partner.
    var mark: UInt8
    /// Its address, if it comes through a load balancer whose header it has not sent yet.
    var source: NetworkAddress?
    /// Bytes of its that arrived at the relay and were not read yet, whether it has ended after them, or broke.
    var unread: [UInt8] = []
    var hasEnded = false
    var isBroken = false
    var reportedBreak = false
    var reportedHangUp = false
    var sent = 0
    /// Its machine is gone, and nobody was told.
    var hasVanished = false
    /// Its answer when it is asked for the pass; nil if it is not asked.
    var proof: Proof?
    /// Another link of the same guest took its place.
    var isReplaced = false
    /// Its pair met a limit, or was ended by the owner.
    var isLimited = false
    /// Its pair waits for its rate.
    var isPaused = false

    // The notes of the relay's thread about it, and how much it takes before it must read.
    var receiver: Int?
    var sender: Int?
    var partner: Int?
    var parked: [UInt8] = []
    var window = 8
    var received: [UInt8] = []
    var receivedEnd = false
    /// Bytes its partner sent that the relay had read.
    var owed = 0
    /// When it took a byte last, or its partner's link broke.
    var lastTaken = Instant(sinceOrigin: .zero)
  }

  var numbers: Dice
  var table: GuestTable
  var admission: Admission
  var now = Instant(sinceOrigin: .zero)
  var guests: [Int: Guest] = [:]
  var freeSlots: [Int] = []
  var slots = 0
  var pairsOpened = 0
  /// Guests whose partner's link broke and that took all that was sent before.
  var delivered = 0
  /// Guests that were found to have vanished, and links that were replaced by a guest that returned.
  var vanished = 0
  var replaced = 0
  var outcomes: [PairOutcome: Int] = [:]
  var refusals: [Refusal: Int] = [:]
  /// Everything that happened, folded into one number.
  var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  /// Everything that was seen and must not be.
  var violations: [String] = []

  /// Tight enough that every one is met.
  static let bounds = Admission.Bounds(
    guests: 44, waiting: 9, connectionsPerMinute: 16, withoutPartnerPerSource: 9, guestsPerSource: 12)
  static let refusedMax = 16
  /// Of every other world. The rate is the world's own: it pauses pairs at random.
  static let limits = PairLimits(
    bytesPerSecond: 1, idle: .seconds(40), halfClosed: .seconds(30), length: .seconds(60))
  /// Few enough that guests return to their rooms; some have none.
  static let sides: [RelaySide?] =
    [nil, nil, nil]
    + "AEIMQUYcgk".utf8.map { RelaySide([$0] + [UInt8](repeating: UInt8(ascii: "A"), count: 21)) }

  init(seed: UInt64) {
    numbers = Dice(seed: seed)
    table = GuestTable(
      times: GuestTable.Times(preamble: .seconds(10), room: .seconds(100)),
      limits: seed % 2 == 0 ? RelayWorld.limits : PairLimits(), refusedMax: RelayWorld.refusedMax)
    admission = Admission(RelayWorld.bounds)
  }

  // MARK: What guests do

  mutating func step() {
    now = now + .milliseconds(Int.random(in: 0...250, using: &numbers))
    expire()
    switch Int.random(in: 0..<100, using: &numbers) {
    case ..<25: arrive()
    default: if let slot = guests.keys.sorted().randomElement(using: &numbers) { act(slot) }
    }
    perform()
    check()
  }

  mutating func arrive() {
    let slot = freeSlots.popLast() ?? slots
    slots = max(slots, slot + 1)
    let plan = [Plan.joins, .joins, .joins, .joinsInPieces, .sendsGarbage, .staysSilent, .speaksEarly, .plain]
      .randomElement(using: &numbers)!
    let room = RoomName("room-\(Int.random(in: 0..<20, using: &numbers))")
    let side = RelayWorld.sides.randomElement(using: &numbers)!
    let line =
      switch plan {
      case .joins, .joinsInPieces:
        String(decoding: JoinRequest(room!, side: side).bytes, as: UTF8.self)
      case .speaksEarly: "TINCAN/1 JOIN \(room!.text)\nhello"
      case .sendsGarbage:
        [
          "PROXY TCP4 ", "GET / HTTP/1.1\r\n", "TINCAN/9 JOIN a\n", "\u{16}\u{3}", "TINCAN/1 JOIN a b\n",
          "TINCAN/1 JOIN a.b\n", "?",
        ]
        .randomElement(using: &numbers)!
      case .staysSilent, .plain: ""
      }
    let source = NetworkAddress(ipv4: UInt32.random(in: 0...5, using: &numbers))
    let mark = UInt8.random(in: 0...255, using: &numbers)
    guests[slot] = Guest(plan: plan, room: plan == .plain ? nil : room, side: side, line: Array(line.utf8), mark: mark)
    note("arrive \(slot) \(plan)")
    let origin = origin(source, isPlain: plan == .plain)
    guard Int.random(in: 0..<4, using: &numbers) == 0 else {
      return table.arrive(slot, from: origin, now: now, &admission)
    }
    arriveByProxy(slot, from: origin)
  }

  mutating func act(_ slot: Int) {
    switch Int.random(in: 0..<100, using: &numbers) {
    case ..<45: send(slot)
    case ..<60: read(slot)
    case ..<70: finish(slot)
    case ..<74: breakOff(slot)
    case ..<78: vanish(slot)
    default: serve(slot)
    }
  }

  /// The guest's machine sends something.
  mutating func send(_ slot: Int) {
    guard var guest = guests[slot], !guest.hasEnded, !guest.isBroken, !guest.hasVanished else { return }
    if !guest.line.isEmpty {
      let count =
        guest.plan == .joinsInPieces || guest.source != nil
        ? Int.random(in: 1...guest.line.count, using: &numbers) : guest.line.count
      guest.unread += guest.line.prefix(count)
      guest.line.removeFirst(count)
    } else if guest.partner != nil || guest.plan == .plain {
      // The kernel keeps a bounded number of bytes, so a guest whose partner does not read stands still.
      guard guest.unread.count < 32 else { return }
      let count = Int.random(in: 1...12, using: &numbers)
      guest.unread += [UInt8](repeating: guest.mark, count: count)
      guest.sent += count
    }
    guests[slot] = guest
    serve(slot)
  }

  /// The guest's program reads, so that there is room again.
  mutating func read(_ slot: Int) {
    if guests[slot]?.hasVanished == false { guests[slot]?.window = 8 }
    serve(slot)
  }

  mutating func finish(_ slot: Int) {
    if guests[slot]?.hasVanished == false { guests[slot]?.hasEnded = true }
    serve(slot)
  }

  mutating func breakOff(_ slot: Int) {
    guests[slot]?.isBroken = true
    serve(slot)
  }

  /// The guest's machine is gone. Nobody looks after that but where the guest cannot be known again.
  mutating func vanish(_ slot: Int) {
    guard case .waiting(let waiting) = table.state(of: slot), let request = waiting.request else { return }
    if request.side == nil { guests[slot]?.hasVanished = true }
  }

  /// No more arrive; all end or run out of time.
  mutating func settle() {
    table.drain(now: now, &admission)
    perform()
    for slot in guests.keys.sorted() { finish(slot) }
    var rounds = 0
    while !guests.isEmpty, rounds < 10_000 {
      rounds += 1
      now = now + .milliseconds(100)
      expire()
      for slot in guests.keys.sorted() { read(slot) }
      perform()
      check()
    }
  }

  mutating func note(_ event: String) {
    for byte in event.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
}
