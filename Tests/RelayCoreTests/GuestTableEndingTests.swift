import Basics
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Guests of a relay, from the pair to the close")
struct GuestTableEndingTests {
  /// A table in which guests 1 and 2 are paired since time 0.
  private func paired() -> TestTable {
    var test = TestTable()
    test.join(1, "room", side: "A", at: at(0))
    test.join(2, "room", side: "B", at: at(0))
    _ = test.actions()
    return test
  }

  private let facts = GuestTable.PairFacts(first: 1, second: 2)

  @Test("Two announced ends are passed on, and the room is free")
  func goodbye() {
    var test = paired()
    test.handle(.ended, of: 1, at: at(3))
    #expect(test.actions() == [.announceEnd(to: 2), .stopCarrying(from: 1)])
    test.handle(.ended, of: 2, at: at(5))
    #expect(
      test.actions() == [
        .announceEnd(to: 1), .stopCarrying(from: 2), .pairEnded(facts, .goodbye, after: .seconds(5)),
        .close(1, .orderly), .close(2, .orderly),
      ])
    #expect(test.table.rooms.count == 0)
    #expect(test.admission.guests == 0)
  }

  @Test("A break closes the dead guest at once, and its partner once that has everything")
  func breaks() {
    var test = paired()
    test.handle(.lost, of: 1, at: at(5))
    #expect(
      test.actions() == [
        .stopCarrying(from: 1), .stopCarrying(from: 2), .pairEnded(facts, .broken, after: .seconds(5)),
        .close(1, .reset), .countUnacknowledged(2),
      ])
    #expect(test.table.rooms.count == 0)
    #expect(test.table.ending(of: 2) == .reset)
    #expect(test.admission.guests == 1)
    test.join(1, "room", at: at(5))
    #expect(test.actions() == [.sends(1, .wait)])
    test.counted(2, unsent: 10, unacknowledged: 20, at: at(5))
    #expect(test.table.deadline == at(5) + .milliseconds(200))
    test.expire(at: at(6))
    #expect(test.actions() == [.countUnacknowledged(2)])
    test.counted(2, unacknowledged: 0, at: at(6))
    #expect(test.actions() == [.close(2, .reset)])
    #expect(test.table.deadline == at(35))
  }

  @Test("The partner of a dead guest is given up when it took nothing for ten seconds")
  func notTaken() {
    var test = paired()
    test.handle(.lost, of: 1, at: at(0))
    test.counted(2, unacknowledged: 20, at: at(0))
    test.counted(2, unacknowledged: 10, at: at(9))
    test.counted(2, unacknowledged: 10, at: at(18))
    #expect(!test.actions().contains(.close(2, .reset)))
    test.counted(2, unacknowledged: 10, at: at(19))
    #expect(test.actions() == [.close(2, .reset)])
  }

  @Test("The last byte that waited is a reason to count again at once")
  func countsAtOnce() {
    var test = paired()
    test.handle(.lost, of: 1, at: at(0))
    test.counted(2, unsent: 5, unacknowledged: 20, at: at(0))
    _ = test.actions()
    test.table.unsent(3, of: 2, now: at(0), &test.admission)
    #expect(test.actions() == [])
    test.table.unsent(0, of: 2, now: at(0), &test.admission)
    #expect(test.actions() == [.countUnacknowledged(2)])
  }

  @Test("A partner that hangs up is gone, unless two announced ends make its sound link hang up")
  func hangsUp() {
    var test = paired()
    test.handle(.lost, of: 1, at: at(0))
    _ = test.actions()
    test.handle(.hungUp, of: 2, at: at(0))
    #expect(test.actions() == [.close(2, .reset)])
    test = paired()
    test.handle(.ended, of: 1, at: at(0))
    test.handle(.writeFailed, of: 1, at: at(0))
    _ = test.actions()
    test.handle(.hungUp, of: 2, at: at(0))
    #expect(test.actions() == [])
    #expect(test.table.ending(of: 2) == .reset)
  }

  @Test("A refused guest is half-closed once it took its line, read and forgotten, and closed when it closes")
  func refused() {
    var test = TestTable()
    test.arrive(1, at: at(0))
    test.receive("hello", from: 1, at: at(0))
    #expect(test.actions() == [.refused(1, .notAJoin), .sends(1, .refused(.notAJoin))])
    #expect(test.admission.guests == 0)
    #expect(test.table.refusedCount == 1)
    #expect(test.table.reading(of: 1) == .discarded)
    test.table.unsent(5, of: 1, now: at(0), &test.admission)
    #expect(test.actions() == [])
    test.table.unsent(0, of: 1, now: at(1), &test.admission)
    #expect(test.actions() == [.announceEnd(to: 1)])
    test.table.discarded(1_000_000, from: 1, now: at(1), &test.admission)
    #expect(test.actions() == [])
    test.handle(.ended, of: 1, at: at(1))
    #expect(test.actions() == [.close(1, .orderly)])
    #expect(test.table.refusedCount == 0)
  }

  @Test("A refused guest that floods is closed, one that stays is closed when its time is over")
  func refusedTooLong() {
    var test = TestTable()
    for slot in [1, 2] {
      test.arrive(slot, at: at(0))
      test.receive("hello", from: slot, at: at(0))
    }
    _ = test.actions()
    test.table.discarded((8 << 20) + 1, from: 1, now: at(1), &test.admission)
    #expect(test.actions() == [.close(1, .orderly)])
    test.expire(at: at(2))
    #expect(test.actions() == [.close(2, .orderly)])
  }

  @Test("Of too many refused guests the oldest is closed, and never the partner of a dead guest")
  func refusedAreBounded() {
    var test = TestTable(refusedMax: 2)
    test.join(1, "room", side: "A", at: at(0))
    test.join(2, "room", side: "B", at: at(0))
    test.handle(.lost, of: 1, at: at(0))
    test.counted(2, unacknowledged: 20, at: at(0))
    _ = test.actions()
    for slot in 3...30 {
      let now = at(0) + .milliseconds(slot)
      test.arrive(slot, at: now)
      test.receive("hello", from: slot, at: now)
      #expect(test.actions().last == (slot < 5 ? .sends(slot, .refused(.notAJoin)) : .close(slot - 2, .orderly)))
    }
    #expect(test.table.refusedCount == 2)
    #expect(test.table.ending(of: 2) == .reset)
  }

  @Test("Events of a slot without a guest change nothing")
  func absent() {
    var test = paired()
    test.handle(.lost, of: 1, at: at(0))
    _ = test.actions()
    for event in LinkEvent.allCases { test.handle(event, of: 1, at: at(0)) }
    test.receive("hello", from: 1, at: at(0))
    test.counted(1, unacknowledged: 0, at: at(0))
    test.table.unsent(0, of: 99, now: at(0), &test.admission)
    test.table.discarded(1, from: 99, now: at(0), &test.admission)
    #expect(test.actions() == [])
    #expect(test.table.reading(of: 99) == .nothing)
  }
}
