/// The position of an end of a link. The first listened, or was first in its room at a relay (`PAIRED 1`). The
/// second dialled, or joined the first (`PAIRED 2`).
public enum PairPosition: UInt8, CaseIterable, Sendable {
  case first = 1
  case second = 2

  /// The position of the partner.
  public var other: PairPosition { self == .first ? .second : .first }
}
