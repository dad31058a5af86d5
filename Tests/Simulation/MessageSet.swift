/// A set of messages of a simulated world, each by its index in ``World/written``. It is one number, because states are
/// hashed by the million.
struct MessageSet: Hashable, Sendable {
  /// The most messages of a world.
  static let countMax = 64

  private var bits: UInt64 = 0

  init() {}

  var isEmpty: Bool { bits == 0 }
  /// The smallest index; nil if there is none.
  var first: Int? { isEmpty ? nil : bits.trailingZeroBitCount }

  func contains(_ message: Int) -> Bool { bits >> UInt64(message) & 1 == 1 }
  mutating func insert(_ message: Int) { bits |= 1 << UInt64(message) }
  mutating func remove(_ message: Int) { bits &= ~(1 << UInt64(message)) }
  mutating func formUnion(_ other: MessageSet) { bits |= other.bits }
  func union(_ other: MessageSet) -> MessageSet { MessageSet(bits: bits | other.bits) }
  func subtracting(_ other: MessageSet) -> MessageSet { MessageSet(bits: bits & ~other.bits) }

  private init(bits: UInt64) { self.bits = bits }
}
