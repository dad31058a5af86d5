import Testing

@Suite("Simulated conversations: nothing lost, nothing doubled, whatever goes wrong")
struct SimulationTests {
  @Test("No rule is broken", arguments: [1, 26, 51, 76])
  func seeds(first: UInt64) {
    for seed in first..<first + 25 {
      let run = Run(seed: seed)
      #expect(run.world.violation == nil, "tools/simulate --seed \(seed) --trace")
    }
  }

  @Test("A seed decides everything")
  func digest() {
    let digests = (UInt64(1)...40).map { Run(seed: $0).digest }
    #expect(digests == (UInt64(1)...40).map { Run(seed: $0).digest })
    #expect(Set(digests).count == digests.count)
  }

  @Test("A planted fault is found, and what led to it is shortened")
  func shrinking() throws {
    let run = try #require(
      (1...1_000).lazy.map { Run(seed: $0, planted: .copiesOustEachOther) }.first { $0.world.violation != nil })
    let shrunk = run.shrunk()
    #expect(shrunk.moves.count < run.moves.count)
    #expect(shrunk.world.violation?.rule == run.world.violation?.rule)
    #expect(shrunk.world.log?.isEmpty == false)
  }

  @Test("The relay of the simulation knows its guests by their sides", arguments: [true, false])
  func selfPairing(looksAtSides: Bool) {
    var setup = Setup()
    setup.isRelayed = true
    setup.planted = looksAtSides ? nil : .selfPairing
    var world = World(setup)
    for move in [Move.start(0), .join(0), .leaveGhost(0), .join(0)] { world.apply(move) }
    #expect((world.violation?.rule == 12) == !looksAtSides)
  }
}
