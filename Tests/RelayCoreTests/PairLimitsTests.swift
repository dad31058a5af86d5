import Basics
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Limits on pairs")
struct PairLimitsTests {
  private let facts = GuestTable.PairFacts(first: 1, second: 2)

  /// A table with these limits, in which guests 1 and 2 are paired since time 0.
  private func paired(_ limits: PairLimits) -> TestTable {
    var test = TestTable()
    test.table.limits = limits
    test.join(1, "room", side: "A", at: at(0))
    test.join(2, "room", side: "B", at: at(0))
    _ = test.actions()
    return test
  }

  private func reset(_ outcome: PairOutcome, after: Duration) -> [GuestTable.Action] {
    [.pairEnded(facts, outcome, after: after), .close(1, .reset), .close(2, .reset)]
  }

  private let stops: [GuestTable.Action] = [.stopCarrying(from: 1), .stopCarrying(from: 2)]

  @Test("Without limits a pair has no deadline")
  func none() { #expect(paired(PairLimits()).table.deadline == nil) }

  @Test("A pair that lasts too long is reset, and its room is free")
  func length() {
    var test = paired(PairLimits(length: .seconds(60)))
    #expect(test.table.deadline == at(60))
    test.expire(at: at(60))
    #expect(test.actions() == [.countCarried(facts)])
    test.table.carried(5, by: facts, now: at(60), &test.admission)
    #expect(test.actions() == stops + reset(.tooLong, after: .seconds(60)))
    #expect(test.table.rooms.isEmpty && test.table.deadline == nil && test.admission.guests == 0)
  }

  @Test("A pair whose count stands still is idle; one byte in between is enough")
  func idle() {
    var test = paired(PairLimits(idle: .seconds(80)))
    var bytes = 0
    for second in stride(from: 10, through: 150, by: 10) {
      #expect(test.table.deadline == at(second))
      test.expire(at: at(second))
      #expect(test.actions() == [.countCarried(facts)])
      if second == 70 { bytes += 1 }
      test.table.carried(bytes, by: facts, now: at(second), &test.admission)
      if second < 150 { #expect(test.actions() == []) }
    }
    #expect(test.actions() == stops + reset(.idle, after: .seconds(150)))
  }

  @Test("A half-closed pair is ended after its time, one that is whole is not")
  func halfClosed() {
    var test = paired(PairLimits(halfClosed: .seconds(30)))
    #expect(test.table.deadline == nil)
    test.handle(.ended, of: 2, at: at(100))
    _ = test.actions()
    #expect(test.table.deadline == at(130))
    test.expire(at: at(130))
    test.table.carried(0, by: facts, now: at(130), &test.admission)
    #expect(
      test.actions() == [.countCarried(facts), .stopCarrying(from: 1)] + reset(.halfClosed, after: .seconds(130)))
  }

  @Test("A half-closed pair that ends in time ended by goodbye, and leaves no deadline")
  func goodbyeInTime() {
    var test = paired(PairLimits(halfClosed: .seconds(30), length: .seconds(500)))
    test.handle(.ended, of: 2, at: at(100))
    test.handle(.ended, of: 1, at: at(120))
    #expect(test.actions().contains(.pairEnded(facts, .goodbye, after: .seconds(120))))
    #expect(test.table.deadline == nil && test.table.watches.isEmpty)
  }

  @Test("A pair keeps the limits that held when it was joined")
  func keepsLimits() {
    var test = paired(PairLimits(length: .seconds(60)))
    test.table.limits = PairLimits()
    #expect(test.table.deadline == at(60))
    test = paired(PairLimits())
    test.table.limits = PairLimits(length: .seconds(60))
    #expect(test.table.deadline == nil)
  }

  @Test("A pause ends at its time, beside the pair's other deadlines")
  func pause() {
    var test = paired(PairLimits(length: .seconds(60)))
    for slot in [1, 2] {
      test.table.pause(slot, until: at(5 * slot))
      #expect(test.table.deadline == at(5 * slot))
      test.expire(at: at(5 * slot))
      #expect(test.actions() == [.resume(facts)])
      #expect(test.table.deadline == at(60))
    }
  }

  @Test("A pair that is ended by its owner is reset, and those who come later have the slot to themselves")
  func endedByOwner() {
    var test = paired(PairLimits())
    test.table.pause(1, until: at(9))
    test.table.end(2, .tooManyBytes, now: at(5), &test.admission)
    #expect(test.actions() == stops + reset(.tooManyBytes, after: .seconds(5)))
    #expect(test.table.deadline == nil)
    test.table.end(2, .tooManyBytes, now: at(5), &test.admission)
    #expect(test.actions() == [])
  }

  @Test("A relay that stops ends every pair, and says how")
  func stop() {
    var test = paired(PairLimits())
    test.join(3, "other", side: "C", at: at(0))
    _ = test.actions()
    test.table.stop(now: at(7), &test.admission)
    #expect(test.actions() == stops + reset(.stopped, after: .seconds(7)))
  }
}

@Suite("The bytes of a pair")
struct PairBudgetTests {
  @Test("Without a limit there is no budget")
  func none() { #expect(PairBudget(PairLimits(idle: .seconds(1)), now: at(0)) == nil) }

  @Test("Exactly the sum may be carried; one byte more is too much")
  func sum() throws {
    var budget = try #require(PairBudget(PairLimits(bytes: 10), now: at(0)))
    #expect(budget.allowance(now: at(0)) == 11)
    budget.spend(10, now: at(0))
    #expect(!budget.isExceeded && budget.allowance(now: at(0)) == 1)
    budget.spend(1, now: at(0))
    #expect(budget.isExceeded)
  }

  @Test("A second's worth may come at once, then as much as the rate says", arguments: [1, 7, 1000, 10_000_000])
  func rate(bytesPerSecond: Int) throws {
    var budget = try #require(PairBudget(PairLimits(bytesPerSecond: bytesPerSecond), now: at(0)))
    #expect(budget.allowance(now: at(0)) == bytesPerSecond)
    var (now, carried) = (at(0), 0)
    while now < at(20) {
      let allowance = budget.allowance(now: now)
      if allowance == 0 {
        #expect(budget.resumesAt > now)
        now = budget.resumesAt
        #expect(budget.allowance(now: now) > 0)
      } else {
        budget.spend(allowance, now: now)
        carried += allowance
      }
    }
    #expect(carried <= bytesPerSecond * 21 && carried >= bytesPerSecond * 20 - 1)
  }

  @Test("What was not used for long is not saved up beyond a second")
  func saved() throws {
    var budget = try #require(PairBudget(PairLimits(bytesPerSecond: 100), now: at(0)))
    budget.spend(100, now: at(0))
    #expect(budget.allowance(now: at(1000)) == 100)
  }
}

@Suite("How a pair ended")
struct PairOutcomeTests {
  @Test("Each has a label and words of its own")
  func distinct() {
    #expect(Set(PairOutcome.allCases.map(\.label)).count == PairOutcome.allCases.count)
    #expect(Set(PairOutcome.allCases.map(\.text)).count == PairOutcome.allCases.count)
  }
}
