/// How two joined guests come apart.
///
/// A pair has two lanes, one in each direction, and each closes for itself, as in a TCP link. What has been read from a source
/// and not yet taken by its sink is *parked*; while something is parked, its source is not read.
///
/// ```
///   lane   open ──sourceEnded──▶ draining ──drained──▶ closed       the end is announced to the sink
///            └──── sourceBroke, sinkBroke ───┴──▶ broken            the sink is never told a goodbye
/// ```
///
/// A relay must not turn a break into a goodbye: who receives plain text would take what came for all there was. So a
/// pair with a broken lane ends by reset, at both ends. But first the other lane goes on to its own end: what a guest had said
/// before it vanished is still delivered.
///
/// - A source that **broke** sends no more and takes no more: both lanes are broken at once.
/// - A sink that **broke** takes no more; what it had sent before can still be read until its end or its failure.
///
/// Invariants: a lane leaves `closed` and `broken` never; ``ending`` is set exactly when no lane is open or draining.
/// Whoever adds a state or an event also edits the table test.
public struct Splice: Sendable {
  /// One of the two.
  public enum Side: UInt8, Sendable {
    case first, second
    public var other: Side { self == .first ? .second : .first }
  }

  public enum Lane: UInt8, Sendable { case open, draining, closed, broken }

  /// What can happen to the lane that begins at a side.
  public enum Event: CaseIterable, Sendable {
    /// Its source sends no more; something may be parked.
    case sourceEnded
    /// Nothing is parked any more.
    case drained
    /// Its source is gone.
    case sourceBroke
    /// Its sink takes no more.
    case sinkBroke
  }

  /// What the owner is to do.
  public enum Action: Equatable, Sendable {
    /// Announce to the lane's sink that no more comes.
    case halfClose
  }

  public enum Ending: Equatable, Sendable {
    /// Both announced their end.
    case goodbye
    /// A link broke: both are to be reset.
    case broken
  }

  private var fromFirst = Lane.open
  private var fromSecond = Lane.open

  public init() {}

  /// The lane that begins at a side.
  public func lane(from side: Side) -> Lane { side == .first ? fromFirst : fromSecond }

  /// Whether a side is to be read when nothing it said is parked.
  public func reads(from side: Side) -> Bool { lane(from: side) == .open }

  /// How it ended, once it has.
  public var ending: Ending? {
    switch (fromFirst, fromSecond) {
    case (.closed, .closed): .goodbye
    case (.closed, .broken), (.broken, .closed), (.broken, .broken): .broken
    default: nil
    }
  }

  /// Takes an event of the lane that begins at `side`.
  public mutating func handle(_ event: Event, from side: Side) -> Action? {
    switch (event, lane(from: side)) {
    case (_, .closed), (_, .broken): break
    case (.sourceEnded, .open): set(.draining, side)
    case (.sourceEnded, .draining): break
    case (.drained, .draining):
      set(.closed, side)
      return .halfClose
    case (.drained, .open): break
    case (.sinkBroke, _): set(.broken, side)
    case (.sourceBroke, _): set(.broken, side)
    }
    if event == .sourceBroke {
      // What is gone takes nothing either.
      switch lane(from: side.other) {
      case .open, .draining: set(.broken, side.other)
      case .closed, .broken: break
      }
    }
    return nil
  }

  private mutating func set(_ lane: Lane, _ side: Side) {
    if side == .first { fromFirst = lane } else { fromSecond = lane }
  }
}
