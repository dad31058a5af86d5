import Glibc

@testable import ChatProtocol

/// Everything that can happen in a small world, breadth first: every order of events, with every fault at every point.
///
/// Each state is visited once; a number of 64 bits tells states apart. The rules are checked in each. Where nothing
/// more happens by itself, the world must heal. The first violation that is found has the shortest way to it.
struct Explorer {
  /// A state that was seen: where it came from, and which of the moves there led to it.
  private struct Step {
    let parent: UInt32
    let move: UInt8
  }

  nonisolated(unsafe) static var isVerbose = false
  let name: String
  let setup: Setup
  private var seen: Set<Int> = []
  private var steps: [Step] = []
  private(set) var depth = 0
  private(set) var transitions = 0
  private(set) var healed = 0
  /// The violation, and the moves that lead to it.
  private(set) var found: (violation: Violation, moves: [Move])?

  var stateCount: Int { seen.count }

  init(_ name: String, _ setup: Setup) {
    self.name = name
    self.setup = setup
  }

  /// Visits all states.
  mutating func run() {
    let first = World(setup)
    seen.insert(first.digest)
    steps.append(Step(parent: 0, move: 0))
    var frontier: [(world: World, step: UInt32)] = [(first, 0)]
    while !frontier.isEmpty, found == nil {
      var next: [(world: World, step: UInt32)] = []
      for index in frontier.indices where found == nil {
        let (world, step) = frontier[index]
        // The memory of what was visited is free at once.
        frontier[index].world = first
        expand(world, step, &next)
      }
      frontier = next
      if Explorer.isVerbose {
        print("  \(name): depth \(depth), \(seen.count) states, \(next.count) new")
        fflush(nil)
      }
      if !frontier.isEmpty { depth += 1 }
    }
  }

  private mutating func expand(_ world: World, _ step: UInt32, _ next: inout [(world: World, step: UInt32)]) {
    let moves = world.moves
    var goesOn = false
    for (index, move) in moves.enumerated() {
      if !move.isFault, !move.isBackup { goesOn = true }
      var successor = world
      successor.apply(move)
      transitions += 1
      if let violation = successor.violation { return note(violation, step, move) }
      guard seen.insert(successor.digest).inserted else { continue }
      steps.append(Step(parent: step, move: UInt8(index)))
      next.append((successor, UInt32(steps.count - 1)))
    }
    guard !goesOn else { return }
    healed += 1
    var last = world
    last.heal()
    if let violation = last.violation { note(violation, step, nil) }
  }

  private mutating func note(_ violation: Violation, _ step: UInt32, _ last: Move?) {
    var indices: [Int] = []
    var step = Int(step)
    while step > 0 {
      indices.append(Int(steps[step].move))
      step = Int(steps[step].parent)
    }
    var world = World(setup)
    var moves: [Move] = []
    for index in indices.reversed() {
      moves.append(world.moves[index])
      world.apply(moves[moves.count - 1])
    }
    found = (violation, moves + (last.map { [$0] } ?? []))
  }
}

extension Move {
  fileprivate var isBackup: Bool { if case .backUp = self { true } else { false } }
}

extension Explorer {
  /// The worlds that are explored.
  /// - Parameter isLarge: whether there are more faults and messages than end within a minute.
  static func scopes(isLarge: Bool, planted: Setup.Planted?) -> [Explorer] {
    let (person, forgetful) = (Setup.Kind.person(keepsHistory: true), Setup.Kind.person(keepsHistory: false))
    let more = isLarge ? 1 : 0
    func scope(
      _ name: String, _ kinds: [Setup.Kind], _ faults: Setup.Faults, count: Int, messages: [Int], links: Int = 4,
      _ change: (inout Setup) -> Void = { _ in }
    ) -> Explorer {
      var setup = Setup()
      (setup.kinds, setup.faults, setup.faultCount, setup.messages) = (kinds, faults, count, messages)
      setup.linksMax = links
      setup.mixesIncarnations = false
      setup.planted = planted
      change(&setup)
      return Explorer(name, setup)
    }
    let both = [person, person]
    return [
      scope("cuts and kills", both, [.cut, .crash, .crashB], count: 1, messages: [2 + more, 1], links: 3),
      scope("two cuts or kills", both, [.cut, .crashB], count: 1 + more, messages: [1, 0], links: 3),
      scope("a second link beside the first", both, [.secondLink, .cut], count: 1 + more, messages: [2, 0], links: 3),
      scope("A's store goes back", both, [.restore, .crash], count: 1 + more, messages: [2, 0], links: 3),
      scope("B's store goes back", both, [.restoreB, .crash], count: 2, messages: [2, 0], links: 3 + more),
      scope("a store is wiped", both, [.wipe, .wipeB, .crash], count: 2 + more, messages: [2, 0], links: 3),
      scope("A's store is copied", both, [.copy], count: 1, messages: [1 + more, 0], links: 3),
      scope("B's store is copied", both, [.copyB], count: 1 + more, messages: [2, 0], links: 3),
      scope("no history", [forgetful, forgetful], [.wipeB, .crash], count: 2, messages: [2 + more, 0], links: 3),
      scope(
        "a batch end receives", [person, .batch], isLarge ? [.cut, .crashB, .crash] : [.cut, .crashB], count: 1,
        messages: [2, 0], links: 3),
      scope("two batch ends", [.batch, .batch], [.cut], count: 1 + more, messages: [1, 1], links: 3),
      scope("a commit comes later", both, [.cut, .crashB], count: 1 + more, messages: [2, 0], links: 3) {
        $0.commitsAtOnce = false
      },
      scope("one program after the other", both, [.takeOver], count: 1 + more, messages: [3, 0], links: 3),
      scope("through a relay", both, [.silentCut, .crash], count: 1 + more, messages: [1, 0], links: 3) {
        $0.isRelayed = true
      },
    ]
  }
}
