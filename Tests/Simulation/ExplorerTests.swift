import Testing

@testable import ChatProtocol

@Suite("The explorer visits every state of a small world")
struct ExplorerTests {
  @Test("A world without a fault ends because nothing new is left")
  func exhausts() {
    var setup = Setup()
    (setup.messages, setup.linksMax, setup.mixesIncarnations) = ([1, 0], 1, false)
    var explorer = Explorer("one message", setup)
    explorer.run()
    #expect(explorer.found == nil)
    #expect(explorer.healed > 0)
    #expect(explorer.stateCount > explorer.depth)
  }

  @Test("A planted fault is found by the shortest way", arguments: [nil, Setup.Planted.selfPairing])
  func shortestWay(planted: Setup.Planted?) throws {
    var setup = Setup()
    (setup.messages, setup.faults, setup.faultCount) = ([0, 0], .silentCut, 1)
    (setup.isRelayed, setup.linksMax, setup.mixesIncarnations) = (true, 1, false)
    setup.planted = planted
    var explorer = Explorer("a relay", setup)
    explorer.run()
    guard planted != nil else { return #expect(explorer.found == nil) }
    let found = try #require(explorer.found)
    #expect(found.violation.rule == 12)
    #expect(found.moves.count == 4)
  }

  @Test("Each planted fault is looked for first in a world that is there")
  func worldsOfFaults() {
    let names = Explorer.worlds(isLarge: false).map(\.name)
    #expect(Set(names).count == names.count)
    for (fault, world) in Explorer.soonest {
      #expect(names.contains(world), "\(fault)")
      #expect(Explorer.worlds(isLarge: false, first: world).first?.name == world)
    }
    for fault in Setup.Planted.allCases { #expect(Explorer.soonest[fault.rawValue] != nil, "\(fault)") }
  }

  @Test("One move fills an outbox, and one brings what the reader takes")
  func bulk() throws {
    var world = World(try #require(Explorer.worlds(isLarge: false).first { $0.name == "an outbox is full" }).setup)
    for move in [Move.start(0), .start(2), .dial(0, 2)] { world.apply(move) }
    #expect(world.written.isEmpty)
    world.apply(.deliver(link: 0, to: 0, bytes: nil))
    world.apply(.write(0))
    let process = try #require(world.machines[0].process)
    #expect(!process.conversation.hasOutboxRoom)
    #expect(process.inputLeft > 0)
    world.apply(.deliver(link: 0, to: 1, bytes: nil))
    #expect(world.links[0].pipes[1].frames.isEmpty)
    #expect(world.violation == nil)
  }
}
