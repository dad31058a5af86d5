/// One opening of a store; in batch, one process. It is 64 random bits that are never taken up again, so two copies of
/// a store never give two messages one name. It comes from outside, because this module has no randomness.
public struct Incarnation: Hashable, Comparable, Sendable {
  /// The random bits.
  public let value: UInt64

  public init(_ value: UInt64) { self.value = value }

  /// An order without a meaning. It settles which of two ends leads.
  public static func < (left: Incarnation, right: Incarnation) -> Bool { left.value < right.value }
}

/// The name of a message: the incarnation in which it was accepted, and its number there. Numbers begin with 1 and have
/// no gaps.
public struct MessageName: Hashable, Sendable {
  /// The opening in which it was accepted.
  public let incarnation: Incarnation
  /// Its number there, from 1 on.
  public let number: UInt64

  public init(_ incarnation: Incarnation, _ number: UInt64) {
    self.incarnation = incarnation
    self.number = number
  }
}

/// Messages of one incarnation that were written one after the other.
public struct MessageRun: Hashable, Sendable {
  /// The opening in which they were accepted.
  public let incarnation: Incarnation
  /// The number of the first of them.
  public let first: UInt64
  /// How many they are.
  public var count: UInt64

  public init(_ incarnation: Incarnation, first: UInt64, count: UInt64) {
    self.incarnation = incarnation
    self.first = first
    self.count = count
  }

  /// The number of the last of them.
  public var last: UInt64 { first + count - 1 }
}
