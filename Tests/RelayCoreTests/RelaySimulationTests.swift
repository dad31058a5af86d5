import TestSupport
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("A simulated relay")
struct RelaySimulationTests {
  static func run(seed: UInt64, steps: Int) -> RelayWorld {
    var world = RelayWorld(seed: seed)
    for _ in 0..<steps where world.violations.isEmpty { world.step() }
    world.settle()
    return world
  }

  @Test(
    "Never three in a room, never a byte to another pair, every guest ends, nothing is left over",
    arguments: UInt64(1)...24)
  func holds(seed: UInt64) {
    let world = RelaySimulationTests.run(seed: seed, steps: 3000)
    #expect(world.violations == [], "seed \(seed)")
    #expect(world.guests.isEmpty, "seed \(seed): \(world.guests.count) guests never end")
    #expect(world.table.rooms.count == 0)
    #expect(world.table.deadline == nil)
    #expect(world.table.pairs.allSatisfy { $0 == nil })
    #expect(world.admission.guests == 0)
    #expect(world.admission.waiting == 0)
    // A world in which nothing happens would hold as well.
    #expect(world.pairsOpened > 20)
    #expect(world.delivered > 2)
  }

  @Test("The seeds reach every refusal the table and the bounds know, ghosts, and guests that return")
  func reach() {
    let worlds = (UInt64(1)...24).map { RelaySimulationTests.run(seed: $0, steps: 3000) }
    let refusals = worlds.reduce(into: Set<Refusal>()) { $0.formUnion($1.refusals.keys) }
    #expect(Set(Refusal.allCases).subtracting(refusals) == [])
    let outcomes = worlds.reduce(into: Set<PairOutcome>()) { $0.formUnion($1.outcomes.keys) }
    // The simulated relay never stops, and its owner finds out in other tests which guest has vanished.
    #expect(Set(PairOutcome.allCases).subtracting(outcomes) == [.stopped, .vanished])
    #expect(worlds.reduce(0) { $0 + $1.vanished } > 20)
    #expect(worlds.reduce(0) { $0 + $1.replaced } > 100)
  }

  @Test("The same seed gives the same run")
  func repeats() {
    let runs = (0..<2).map { _ in RelaySimulationTests.run(seed: 8463, steps: 2000).digest }
    #expect(runs[0] == runs[1])
    #expect(runs[0] != RelaySimulationTests.run(seed: 8462, steps: 2000).digest)
  }
}
