import Basics
import Testing

@testable import ChatProtocol
@testable import RelayCore

/// A table of guests and what counts them, as a relay's thread has them.
struct TestTable {
  var table: GuestTable
  var admission: Admission

  init(
    times: GuestTable.Times = GuestTable.Times(), refusedMax: Int = RelayLimits.refusedMax,
    bounds: Admission.Bounds = .none
  ) {
    table = GuestTable(times: times, refusedMax: refusedMax)
    admission = Admission(bounds)
  }

  /// All that is to be done now.
  mutating func actions() -> [GuestTable.Action] {
    var actions: [GuestTable.Action] = []
    while let action = table.nextAction() { actions.append(action) }
    return actions
  }

  mutating func arrive(_ slot: Int, isPlain: Bool = false, acknowledges: Bool = true, at now: Instant) {
    let origin = GuestTable.Origin(source: nil, isPlain: isPlain, acknowledges: acknowledges)
    table.arrive(slot, from: origin, now: now, &admission)
  }

  /// A guest arrives and joins a room.
  /// - Parameter side: a letter for what it is known by again; nil for nothing.
  mutating func join(_ slot: Int, _ room: String, side: String? = nil, at now: Instant) {
    arrive(slot, at: now)
    let side = side.map { " " + $0 + String(repeating: "A", count: RelaySide.characters - 1) } ?? ""
    receive("TINCAN/1 JOIN \(room)\(side)\n", from: slot, at: now)
  }

  /// Bytes come from a guest, and it joins if they ask for a room.
  mutating func receive(_ text: String, from slot: Int, at now: Instant) {
    if let request = table.received(Array(text.utf8)[...], from: slot, now: now, &admission) {
      table.join(slot, request, now: now, &admission)
    }
  }

  mutating func handle(_ event: LinkEvent, of slot: Int, at now: Instant) {
    table.handle(event, of: slot, now: now, &admission)
  }

  mutating func counted(_ slot: Int, unsent: Int = 0, unacknowledged: Int, at now: Instant) {
    table.counted(slot, unsent: unsent, unacknowledged: unacknowledged, now: now, &admission)
  }

  mutating func expire(at now: Instant) { table.expire(now: now, &admission) }
}

extension Admission.Bounds {
  static let none = Admission.Bounds(
    guests: 0, waiting: 0, connectionsPerMinute: 0, withoutPartnerPerSource: 0, guestsPerSource: 0)
}

func at(_ seconds: Int) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }

extension GuestTable.Action {
  static func sends(_ slot: Int, _ reply: RelayReply) -> GuestTable.Action { .send(slot, reply.bytes) }
}

@Suite("Guests of a relay, up to the pair")
struct GuestTableTests {
  /// A table in which guest 1 waits in `room` since time 0.
  private func waiting(_ times: GuestTable.Times = GuestTable.Times()) -> TestTable {
    var test = TestTable(times: times)
    test.join(1, "room", side: "A", at: at(0))
    #expect(test.actions() == [.sends(1, .wait)])
    return test
  }

  private let facts = GuestTable.PairFacts(first: 1, second: 2)

  @Test("The first waits, the second is paired with it, the third is refused")
  func pairs() {
    var test = waiting()
    test.join(2, "room", at: at(1))
    #expect(
      test.actions() == [
        .sends(1, .paired(.first)), .sends(2, .paired(.second)), .pairOpened(facts, waited: .seconds(1)),
        .carry(from: 1, to: 2),
        .carry(from: 2, to: 1),
      ])
    #expect(test.table.reading(of: 1) == .carried)
    #expect(test.table.deadline == nil)
    test.join(3, "room", at: at(2))
    #expect(test.actions() == [.refused(3, .roomTaken), .sends(3, .refused(.roomTaken))])
  }

  @Test("A waiting guest is sent WAIT again while its machine acknowledges it, and refused when its time is over")
  func waits() {
    var test = waiting(GuestTable.Times(room: .seconds(70)))
    #expect(test.table.deadline == at(30))
    test.expire(at: at(29))
    #expect(test.actions() == [])
    for time in [30, 60] {
      test.expire(at: at(time))
      #expect(test.actions() == [.countUnacknowledged(1)])
      test.counted(1, unacknowledged: 0, at: at(time))
      #expect(test.actions() == [.sends(1, .wait)])
    }
    #expect(test.table.deadline == at(70))
    test.expire(at: at(70))
    #expect(test.actions() == [.refused(1, .nobodyCame), .sends(1, .refused(.nobodyCame))])
    #expect(test.table.rooms.count == 0)
    test.expire(at: at(72))
    #expect(test.actions() == [.close(1, .orderly)])
    #expect(test.table.deadline == nil)
  }

  @Test("A waiting guest whose machine acknowledges nothing has vanished; a program behind a socket file may rest")
  func vanished() {
    for (unsent, unacknowledged) in [(0, 14), (14, 0)] {
      var test = waiting()
      test.expire(at: at(30))
      test.counted(1, unsent: unsent, unacknowledged: unacknowledged, at: at(30))
      #expect(test.actions() == [.countUnacknowledged(1), .vanished(1), .close(1, .reset)])
      #expect(test.table.rooms.count == 0)
      #expect(test.admission.guests == 0)
    }
    var test = TestTable()
    test.arrive(1, acknowledges: false, at: at(0))
    test.receive("TINCAN/1 JOIN room\n", from: 1, at: at(0))
    _ = test.actions()
    test.expire(at: at(30))
    test.counted(1, unacknowledged: 14, at: at(30))
    #expect(test.actions() == [.countUnacknowledged(1)])
    #expect(test.table.deadline == at(60))
  }

  @Test("Without a bound on waiting, it goes on")
  func noRoomTime() {
    var test = waiting(GuestTable.Times(room: nil))
    for count in 1...5000 {
      test.expire(at: at(30 * count))
      test.counted(1, unacknowledged: 0, at: at(30 * count))
      #expect(test.actions() == [.countUnacknowledged(1), .sends(1, .wait)])
    }
  }

  @Test("A guest that does not send in time which room it wants is refused")
  func silent() {
    var test = TestTable(times: GuestTable.Times(preamble: .seconds(10)))
    test.arrive(1, at: at(0))
    test.receive("TINCAN/1 JO", from: 1, at: at(9))
    test.expire(at: at(9))
    #expect(test.actions() == [])
    test.expire(at: at(10))
    #expect(test.actions() == [.refused(1, .silent), .sends(1, .refused(.silent))])
  }

  @Test("A guest that sends something while it waits is refused, and its room is free")
  func sentTooEarly() {
    var test = waiting()
    test.receive("x", from: 1, at: at(1))
    #expect(test.actions() == [.refused(1, .sentTooEarly), .sends(1, .refused(.sentTooEarly))])
    #expect(test.table.rooms.count == 0)
  }

  @Test("A guest that ends or breaks before it is paired has left", arguments: LinkEvent.allCases)
  func leaves(event: LinkEvent) {
    var test = waiting()
    test.arrive(2, at: at(0))
    for slot in [1, 2] {
      test.handle(event, of: slot, at: at(1))
      #expect(test.actions() == [.close(slot, .orderly)])
    }
    #expect(test.table.rooms.count == 0)
    #expect(test.table.deadline == nil)
    #expect(test.admission.guests == 0)
  }

  @Test("Plain guests are paired in the order they arrive, and sent nothing")
  func plain() {
    var test = TestTable()
    for slot in 1...3 { test.arrive(slot, isPlain: true, at: at(0)) }
    #expect(test.actions() == [.pairOpened(facts, waited: .zero), .carry(from: 1, to: 2), .carry(from: 2, to: 1)])
    test.expire(at: at(30))
    #expect(test.actions() == [])
    test.handle(.ended, of: 3, at: at(31))
    #expect(test.actions() == [.close(3, .orderly)])
    for slot in 4...5 { test.arrive(slot, isPlain: true, at: at(31)) }
    #expect(test.actions().first == .pairOpened(.init(first: 4, second: 5), waited: .zero))
  }

  @Test("Only the first of a room asks whether it may wait")
  func mayWait() {
    var test = TestTable(
      bounds: .init(guests: 0, waiting: 1, connectionsPerMinute: 0, withoutPartnerPerSource: 0, guestsPerSource: 0))
    test.join(1, "tea", side: "A", at: at(0))
    test.join(2, "coffee", at: at(0))
    #expect(
      test.actions() == [.sends(1, .wait), .refused(2, .tooManyWaiting), .sends(2, .refused(.tooManyWaiting))])
    test.join(3, "tea", at: at(0))
    #expect(test.actions().last == .carry(from: 3, to: 1))
    #expect(test.admission.waiting == 0)
  }

  @Test("A guest whose room lives on another thread stays counted on its way")
  func handOver() {
    var (here, there) = (TestTable(), TestTable())
    here.arrive(7, at: at(0))
    let request = here.table.received(Array("TINCAN/1 JOIN room\n".utf8)[...], from: 7, now: at(0), &here.admission)
    let origin = here.table.handOver(7)
    #expect(here.table.deadline == nil)
    #expect(here.admission.guests == 1)
    there.table.adopt(3, from: origin)
    there.table.join(3, request, now: at(0), &here.admission)
    #expect(there.actions() == [.sends(3, .wait)])
    #expect(here.admission.waiting == 1)
    there.table.handle(.ended, of: 3, now: at(1), &here.admission)
    #expect(here.admission.guests == 0)
  }

  @Test("Draining refuses every guest that is not paired, and each that arrives; pairs go on")
  func drains() {
    var test = waiting()
    test.join(2, "room", at: at(0))
    test.join(3, "other", at: at(0))
    test.arrive(4, at: at(0))
    _ = test.actions()
    test.table.drain(now: at(1), &test.admission)
    test.arrive(5, at: at(1))
    test.arrive(6, isPlain: true, at: at(1))
    let refused = test.actions().compactMap { if case .refused(let slot, .draining) = $0 { slot } else { nil } }
    #expect(refused == [3, 4, 5, 6])
    #expect(test.table.reading(of: 1) == .carried)
    #expect(test.admission.guests == 2)
  }
}
