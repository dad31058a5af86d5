import Basics
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Guests of a relay that return, or have vanished")
struct GuestReturnTests {
  private let facts = GuestTable.PairFacts(first: 1, second: 2)

  @Test("A guest that returns takes the place of its waiting ghost")
  func waitingGhost() {
    var test = TestTable(
      bounds: .init(guests: 0, waiting: 1, connectionsPerMinute: 0, withoutPartnerPerSource: 0, guestsPerSource: 0))
    test.join(1, "room", side: "A", at: at(0))
    test.join(2, "room", side: "A", at: at(1))
    #expect(test.actions() == [.sends(1, .wait), .close(1, .reset), .sends(2, .wait)])
    #expect(test.admission.waiting == 1)
    test.join(3, "room", side: "B", at: at(2))
    #expect(test.actions().contains(.pairOpened(.init(first: 2, second: 3), waited: .seconds(1))))
  }

  @Test("A guest that returns to its pair ends it, whichever of the two it was, and its partner joins again")
  func pairedGhost() {
    for (side, ghost, partner) in [("A", 1, 2), ("B", 2, 1)] {
      var test = TestTable()
      test.join(1, "room", side: "A", at: at(0))
      test.join(2, "room", side: "B", at: at(0))
      _ = test.actions()
      test.join(3, "room", side: side, at: at(9))
      #expect(
        test.actions() == [
          .stopCarrying(from: 1), .stopCarrying(from: 2), .pairEnded(facts, .returned, after: .seconds(9)),
          .close(ghost, .reset), .countUnacknowledged(partner), .sends(3, .wait),
        ])
      test.counted(partner, unacknowledged: 0, at: at(9))
      #expect(test.actions() == [.close(partner, .reset)])
    }
  }

  @Test("Another side, another room, or none is no return")
  func others() {
    for (room, side) in [("room", "C"), ("room", nil)] {
      var test = TestTable()
      test.join(1, "room", side: "A", at: at(0))
      test.join(2, "room", side: "B", at: at(0))
      _ = test.actions()
      test.join(3, room, side: side, at: at(1))
      #expect(test.actions() == [.refused(3, .roomTaken), .sends(3, .refused(.roomTaken))])
    }
    var test = TestTable()
    test.join(1, "room", side: "A", at: at(0))
    test.join(2, "other", side: "A", at: at(0))
    #expect(test.actions() == [.sends(1, .wait), .sends(2, .wait)])
    test.join(3, "room", at: at(0))
    #expect(test.actions().contains(.pairOpened(.init(first: 1, second: 3), waited: .zero)))
  }

  /// A table in which guest 1, without a side, was told that it is paired with guest 2.
  private func unconfirmed() -> TestTable {
    var test = TestTable()
    test.join(1, "room", at: at(0))
    test.join(2, "room", side: "B", at: at(0))
    #expect(test.actions() == [.sends(1, .wait), .sends(1, .paired(.first)), .countUnacknowledged(1)])
    #expect(test.table.reading(of: 1) == .nothing)
    #expect(test.table.reading(of: 2) == .line)
    return test
  }

  @Test("The second is told once the kernel of a first without a side has acknowledged")
  func confirmed() {
    var test = unconfirmed()
    test.counted(1, unacknowledged: 18, at: at(0))
    #expect(test.actions() == [])
    test.expire(at: at(0) + .milliseconds(1))
    #expect(test.actions() == [.countUnacknowledged(1)])
    test.counted(1, unacknowledged: 0, at: at(0) + .milliseconds(1))
    #expect(
      test.actions() == [
        .sends(2, .paired(.second)), .pairOpened(facts, waited: .zero), .carry(from: 1, to: 2), .carry(from: 2, to: 1),
      ]
    )
    #expect(test.table.deadline == nil)
  }

  @Test("A first that does not acknowledge for two seconds is dropped, and the second waits")
  func notConfirmed() {
    var test = unconfirmed()
    test.counted(1, unacknowledged: 18, at: at(0))
    var counts = 0
    for time in stride(from: 0, through: 2000, by: 1) {
      test.expire(at: at(0) + .milliseconds(time))
      while let action = test.table.nextAction() {
        #expect(time == 2000 || action == .countUnacknowledged(1))
        if action == .countUnacknowledged(1) {
          counts += 1
          test.counted(1, unacknowledged: 18, at: at(0) + .milliseconds(time))
        } else {
          #expect([.vanished(1), .close(1, .reset), .sends(2, .wait)].contains(action))
        }
      }
    }
    // A delayed acknowledgement is found soon; one that never comes costs few looks.
    #expect((20..<60).contains(counts))
    #expect(test.admission.guests == 1 && test.admission.waiting == 1)
    test.join(3, "room", at: at(3))
    #expect(test.actions().contains(.pairOpened(.init(first: 2, second: 3), waited: .seconds(1))))
  }

  @Test("A first that leaves before it is confirmed leaves the second waiting", arguments: LinkEvent.allCases)
  func firstLeaves(event: LinkEvent) {
    var test = unconfirmed()
    test.handle(event, of: 1, at: at(0))
    #expect(test.actions() == [.close(1, .reset), .sends(2, .wait)])
    #expect(test.table.reading(of: 2) == .line)
  }

  @Test("A second that leaves or speaks before it is told ends the first, which was told")
  func secondLeaves() {
    var test = unconfirmed()
    test.handle(.ended, of: 2, at: at(0))
    #expect(test.actions() == [.close(1, .reset), .close(2, .orderly)])
    test = unconfirmed()
    test.receive("x", from: 2, at: at(0))
    #expect(
      test.actions() == [.close(1, .reset), .refused(2, .sentTooEarly), .sends(2, .refused(.sentTooEarly))])
    #expect(test.table.rooms.count == 0 && test.admission.guests == 0)
    test = unconfirmed()
    test.join(3, "room", side: "B", at: at(0))
    #expect(test.actions() == [.close(1, .reset), .close(2, .orderly), .sends(3, .wait)])
  }

  @Test("A relay that drains refuses a second whose first was dropped")
  func drains() {
    var test = unconfirmed()
    test.table.drain(now: at(0), &test.admission)
    #expect(test.actions() == [])
    test.handle(.ended, of: 1, at: at(0))
    #expect(test.actions() == [.close(1, .reset), .refused(2, .draining), .sends(2, .refused(.draining))])
  }

  @Test("Before a third is refused the kernel is asked: if one of two has vanished, the room is free")
  func vanished() {
    for (vanished, partner) in [(1, 2), (2, 1)] {
      var test = TestTable()
      test.join(1, "room", side: "A", at: at(0))
      test.join(2, "room", side: "B", at: at(0))
      test.arrive(3, at: at(90))
      _ = test.actions()
      test.table.join(3, JoinRequest(RoomName("room")!), now: at(90), &test.admission) { $0 == vanished }
      #expect(
        test.actions() == [
          .vanished(vanished), .stopCarrying(from: 1), .stopCarrying(from: 2),
          .pairEnded(facts, .vanished, after: .seconds(90)), .close(vanished, .reset),
          .countUnacknowledged(partner),
          .sends(3, .wait),
        ])
    }
    var test = unconfirmed()
    test.arrive(3, at: at(1))
    test.table.join(3, JoinRequest(RoomName("room")!), now: at(1), &test.admission) { $0 == 1 }
    #expect(test.actions().contains(.pairOpened(.init(first: 2, second: 3), waited: .zero)) == true)
  }

  @Test("A guest of a socket file, whose kernel acknowledges nothing, is not waited for")
  func unconfirmable() {
    var test = TestTable()
    for slot in 1...2 {
      test.arrive(slot, acknowledges: false, at: at(0))
      test.receive("TINCAN/1 JOIN room\n", from: slot, at: at(0))
    }
    #expect(test.actions().contains(.pairOpened(facts, waited: .zero)))
  }
}
