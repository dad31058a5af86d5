/// One of the two ways through a link.
enum Direction: String, CaseIterable {
  /// From the one who connected to the link.
  case fromCaller = "caller"
  /// From the one the link leads to.
  case fromTarget = "target"
}

/// In what portions a link passes on what it was given.
enum Pieces {
  case asTheyCome
  case singleBytes
  case random(most: Int)
}

/// How a link mistreats what goes through it.
struct LinkFaults {
  var stalled: Set<Direction> = []
  /// How long everything takes on its way: always the same, or anything between.
  var delay: ClosedRange<Duration>?
  var bytesPerSecond: Int?
  var pieces = Pieces.asTheyCome
}

/// An event that happens to connections of their own accord once so many bytes went one way.
final class Trip {
  /// As a scenario says it.
  enum Action: String {
    case cut = "cuts"
    case reset = "resets"
    case stall = "stalls"
  }

  let action: Action
  let bytes: Int
  let direction: Direction
  /// How many connections it is still to happen to.
  private(set) var remaining: Int

  /// It happens to so many connections, whichever get that far first.
  init(action: Action, bytes: Int, direction: Direction, connections: Int) {
    self.action = action
    self.bytes = bytes
    self.direction = direction
    remaining = connections
  }

  /// It happens to one more.
  func fire() { remaining -= 1 }
}

/// Chance that repeats itself: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), so that a seed decides everything.
struct SeededChance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
