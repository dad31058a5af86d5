import Basics
import TestSupport
import Testing

@testable import ChatProtocol

@Suite("The choice among several relays")
struct RelayChoiceTests {
  private var dice = Dice(seed: 1)
  private func at(_ seconds: Double) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }

  /// The relays that are due until an instant, with the instants at which they are.
  private mutating func joined(_ choice: inout RelayChoice, until end: Instant) -> [(relay: Int, at: Instant)] {
    var found: [(Int, Instant)] = []
    while let due = choice.deadline, due <= end {
      while let relay = choice.next(now: due, using: &dice) { found.append((relay, due)) }
    }
    return found
  }

  @Test("It begins with the best, and takes the next after a second without an answer")
  mutating func silence() {
    var choice = RelayChoice(of: 3, now: at(0))
    let joined = joined(&choice, until: at(9))
    #expect(joined.map(\.relay) == [0, 1, 2])
    #expect(joined.map(\.at) == [at(0), at(1), at(2)])
    #expect(choice.deadline == nil && !choice.isOver, "all three are being joined")
  }

  @Test("A failure leads to the next relay at once")
  mutating func failure() {
    var choice = RelayChoice(of: 3, now: at(0))
    for relay in 0...2 {
      #expect(choice.next(now: at(0.1), using: &dice) == relay)
      #expect(choice.next(now: at(0.1), using: &dice) == nil)
      choice.failed(at: relay, mayPass: relay != 1, now: at(0.1), using: &dice)
    }
    #expect(choice.isOver)
  }

  @Test("An end that waits at the best waits at all of them before long, but not at once")
  mutating func waitsAtAll() throws {
    var choice = RelayChoice(of: 4, now: at(0))
    #expect(choice.next(now: at(0), using: &dice) == 0)
    choice.waits(at: 0, now: at(0.1), using: &dice)
    var due: [Instant] = [at(0.1)]
    for relay in 1...3 {
      due.append(try #require(choice.deadline))
      #expect(choice.next(now: due.last!, using: &dice) == relay)
      choice.waits(at: relay, now: due.last!, using: &dice)
    }
    #expect((.seconds(1) ... .seconds(2)).contains(due[1] - due[0]))
    for (earlier, later) in zip(due.dropFirst(), due.dropFirst(2)) {
      #expect((.milliseconds(250) ... .milliseconds(750)).contains(later - earlier))
    }
    #expect(choice.deadline == nil, "there is nothing to do but wait")
  }

  @Test("A relay that failed is tried again after growing pauses, for ever, while this end waits at another")
  mutating func comesBack() throws {
    var choice = RelayChoice(of: 2, now: at(0))
    #expect(choice.next(now: at(0), using: &dice) == 0)
    choice.failed(at: 0, mayPass: true, now: at(0), using: &dice)
    // The better one is due again already if its pause is nothing.
    while let relay = choice.next(now: at(0), using: &dice) {
      relay == 1 ? choice.waits(at: 1, now: at(0), using: &dice) : ()
    }
    var now = at(0)
    var pauses: [Duration] = []
    for _ in 0..<12 {
      let due = try #require(choice.deadline)
      pauses.append(due - now)
      now = due
      #expect(choice.next(now: now, using: &dice) == 0)
      choice.failed(at: 0, mayPass: true, now: now, using: &dice)
      #expect(!choice.isOver)
    }
    #expect(pauses.max()! <= .seconds(30) && pauses.max()! > .seconds(4))
    // The answer of the relay makes the pauses short again.
    now = try #require(choice.deadline)
    #expect(choice.next(now: now, using: &dice) == 0)
    choice.waits(at: 0, now: now, using: &dice)
    choice.failed(at: 0, mayPass: true, now: now, using: &dice)
    #expect(try #require(choice.deadline) - now <= .seconds(1))
  }

  @Test("A change of the network ends the pauses")
  mutating func networkChange() {
    var choice = RelayChoice(of: 2, now: at(0))
    for relay in 0...1 {
      #expect(choice.next(now: at(0), using: &dice) == relay)
      if relay == 0 { choice.failed(at: 0, mayPass: true, now: at(0), using: &dice) }
    }
    choice.networkChanged(now: at(0))
    #expect(choice.next(now: at(0), using: &dice) == 0)
  }

  @Test("A failure that does not pass excludes a relay, and the last one that waits or pauses decides what is over")
  mutating func excluded() {
    var choice = RelayChoice(of: 2, now: at(0))
    #expect(choice.next(now: at(0), using: &dice) == 0)
    choice.failed(at: 0, mayPass: false, now: at(0), using: &dice)
    #expect(choice.next(now: at(0), using: &dice) == 1)
    choice.waits(at: 1, now: at(0), using: &dice)
    #expect(!choice.isOver && choice.deadline == nil)
    choice.failed(at: 1, mayPass: true, now: at(50), using: &dice)
    #expect(choice.isOver)
  }

  @Test("One relay is joined once, and its failure ends the choice")
  mutating func one() {
    var choice = RelayChoice(of: 1, now: at(0))
    #expect(choice.next(now: at(0), using: &dice) == 0)
    #expect(choice.deadline == nil)
    choice.failed(at: 0, mayPass: true, now: at(0), using: &dice)
    #expect(choice.isOver)
  }
}
