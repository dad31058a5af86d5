import TestSupport

@testable import ChatProtocol

/// One run of a world, decided by a seed.
struct Run {
  let setup: Setup
  /// The moves before the world healed.
  var moves: [Move] = []
  var world: World
  /// Everything that happened, in one number that is the same for the same seed.
  var digest: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Runs a seed.
  /// - Parameter isTraced: whether ``World/log`` has what happened.
  init(seed: UInt64, planted: Setup.Planted? = nil, isTraced: Bool = false) {
    var dice = Dice(seed: seed)
    setup = Setup.random(seed: seed, &dice, planted: planted)
    world = World(setup)
    if isTraced { world.log = [] }
    let count = Int.random(in: 20...150, using: &dice)
    for _ in 0..<count where world.violation == nil {
      guard let move = Run.choose(world, &dice) else { break }
      moves.append(move)
      world.apply(move)
    }
    world.heal()
    fold()
  }

  /// Runs moves that were chosen before, or some of them.
  init(_ setup: Setup, moves: [Move], isTraced: Bool = false) {
    self.setup = setup
    self.moves = moves
    world = World(setup)
    if isTraced { world.log = [] }
    for move in moves where world.violation == nil { world.apply(move) }
    world.heal()
    fold()
  }

  private mutating func fold() {
    for machine in world.machines.indices {
      for message in world.machines[machine].disk.received { fold(UInt64(message)) }
    }
    for message in world.written { fold(message.name.incarnation.value) }
    for count in [moves.count, world.linkCount, world.usedLinks, world.healingMoves] { fold(UInt64(count)) }
    fold(UInt64(world.now.sinceOrigin.components.seconds))
    fold(UInt64(world.violation?.rule ?? 0))
  }

  private mutating func fold(_ number: UInt64) { digest = (digest ^ number) &* 0x100_0000_01B3 }

  // MARK: Choosing

  /// Chooses what happens next: mostly what brings the conversation on.
  private static func choose(_ world: World, _ dice: inout Dice) -> Move? {
    let moves = world.moves
    var weights = moves.map(weight)
    let passesTime = world.nextDeadline != nil && world.setup.faults.contains(.time)
    if passesTime { weights.append(moves.isEmpty ? 10 : 2) }
    let total = weights.reduce(0, +)
    guard total > 0 else { return world.nextDeadline == nil ? nil : .time }
    var rest = Int.random(in: 0..<total, using: &dice)
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index < moves.count ? vary(moves[index], world, &dice) : .time }
      rest -= weight
    }
    return nil
  }

  private static func weight(_ move: Move) -> Int {
    switch move {
    case .deliver: 40
    case .write: 16
    case .start: 10
    case .commit: 14
    case .dial, .join, .deliverEnd: 12
    case .endInput, .decide: 6
    case .storeAcknowledgements, .backUp: 4
    case .lose: 3
    case .time: 2
    case .takeOver, .crash, .secondLink: 4
    case .cut, .restore, .wipe, .copy, .copyBackup: 3
    case .halfCut, .leaveGhost, .leave, .setClockBack, .fillDisk, .unsend: 2
    }
  }

  /// Splits and merges what is delivered.
  private static func vary(_ move: Move, _ world: World, _ dice: inout Dice) -> Move {
    guard case .deliver(let link, let end, _) = move, world.setup.faults.contains(.split) else { return move }
    switch Int.random(in: 0..<4, using: &dice) {
    case 0:
      let count = world.links[link].pipes[end].byteCount
      return .deliver(link: link, to: end, bytes: Int.random(in: 1...count, using: &dice))
    case 1: return .deliver(link: link, to: end, bytes: Int.random(in: 1...8, using: &dice))
    default: return move
    }
  }
}

extension Run {
  /// The shortest list of moves that still breaks the same rule, as far as leaving moves out leads to one.
  func shrunk() -> Run {
    guard let rule = world.violation?.rule else { return self }
    var best = moves
    var size = max(1, best.count / 2)
    while true {
      var start = 0
      var isShorter = false
      while start < best.count {
        var fewer = best
        fewer.removeSubrange(start..<min(start + size, best.count))
        if Run(setup, moves: fewer).world.violation?.rule == rule {
          best = fewer
          isShorter = true
        } else {
          start += size
        }
      }
      if size == 1, !isShorter { break }
      if !isShorter { size = max(1, size / 2) }
    }
    return Run(setup, moves: best, isTraced: true)
  }
}
