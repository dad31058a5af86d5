/// Which of the two guests of a room one is: `PAIRED 1` was there first, `PAIRED 2` joined it.
public enum PairPosition: UInt8, CaseIterable, Sendable {
  case first = 1
  case second = 2

  /// The position of the partner.
  public var other: PairPosition { self == .first ? .second : .first }
}
