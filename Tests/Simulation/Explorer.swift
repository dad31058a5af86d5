import Glibc

@testable import ChatProtocol

/// Everything that can happen in a small world, breadth first: every order of events, with every fault at every point.
///
/// Each state is visited once; a number of 64 bits tells states apart. The rules are checked in each. A world in which
/// nothing more happens by itself must heal. The first violation that is found has the shortest way to it.
struct Explorer {
  /// A state that was seen: the state before it, and the place among its moves of the one that led here.
  private struct Step {
    let parent: UInt32
    let move: UInt8
  }

  nonisolated(unsafe) static var isVerbose = false
  let name: String
  var setup: Setup
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
