/// How two joined guests come apart.
///
/// A pair has two lanes, one in each direction, and each closes for itself, as in a TCP link. A lane begins at a *source*, which is
/// read, and leads to a *sink*, which is written to. What a sink has not taken yet is parked; the source is not read meanwhile, so
/// a source is seen to end only when nothing of its is parked.
///
/// ```
///   lane   open ──source: ended──▶ closed       the end is announced to the sink
///            └──── source: failed, sink: failed, wasReset, takesNoMore, hungUp ──▶ broken      the sink is never told a goodbye
/// ```
///
/// A relay must not turn a break into a goodbye: who receives plain text would take what came for all there was. Nor a goodbye
/// into a break: what waits for a slow reader would be lost. So a side is *dead* once its link was found to be gone, and a pair with a
/// broken lane ends by reset. But first the other lane goes on to its own end: what a guest had said before it vanished is
/// still delivered, and the one who is not dead is given time to take it.
///
/// The kernel tells once that a link was reset, by whatever call comes first. When that was a write, the next read finds an end of
/// stream that nobody announced; so the splice remembers who was reset, and does not believe an end of that side's. It tells once that a
/// link is over, too, perhaps while there is still something to be read; so that is remembered until there is not.
///
/// Invariants: a lane never leaves `closed` and `broken`; a lane is broken only when a side is dead; ``ending`` is set exactly when no
/// lane is open. Whoever adds a state or an event also edits the table test.
public struct Splice: Sendable {
  /// One of the two.
  public enum Side: UInt8, Sendable {
    case first, second
    public var other: Side { self == .first ? .second : .first }
  }

  public enum Lane: UInt8, Sendable { case open, closed, broken }

  /// What was found out about the link of one side.
  public enum Event: CaseIterable, Sendable {
    /// A read found its end of stream.
    case ended
    /// A read failed: it is gone.
    case failed
    /// A write failed, and the reset that made it fail will not be told again.
    case wasReset
    /// A write failed because it takes no more, though the end of what it said is still to be read.
    case takesNoMore
    /// Both of its directions are over, by two goodbyes or by a break.
    case hungUp
  }

  public enum Ending: Equatable, Sendable {
    /// Both announced their end, and were told the other's.
    case goodbye
    /// A link broke. - survivor: whose did not; it is to see a reset, once it has taken what was sent to it.
    case broken(survivor: Side?)
  }

  /// What is known of a side, and the lane that begins there.
  private struct End: Sendable {
    var lane = Lane.open
    var isDead = false
    var wasReset = false
    var hungUp = false
  }

  private var first = End()
  private var second = End()

  public init() {}

  /// The lane that begins at a side.
  public func lane(from side: Side) -> Lane { self[side].lane }

  /// Whether a side is to be read when nothing it said is parked.
  public func reads(from side: Side) -> Bool { lane(from: side) == .open }

  /// How it ended, once it has.
  public var ending: Ending? {
    switch (first.lane, second.lane) {
    case (.open, _), (_, .open): nil
    case (.closed, .closed): .goodbye
    case (.broken, _), (_, .broken): .broken(survivor: !first.isDead ? .first : !second.isDead ? .second : nil)
    }
  }

  /// Takes an event of a side.
  /// - Returns: whether the side's end is to be announced to the other.
  public mutating func handle(_ event: Event, of side: Side) -> Bool {
    switch event {
    case .ended where self[side].wasReset: die(side, isMute: true)
    case .ended:
      guard lane(from: side) == .open else { break }
      self[side].lane = .closed
      if self[side].hungUp { loseHungUp(side) }
      return true
    case .failed: die(side, isMute: true)
    case .wasReset:
      self[side].wasReset = true
      die(side, isMute: false)
    case .takesNoMore: die(side, isMute: false)
    case .hungUp:
      self[side].hungUp = true
      // While it is read, reading tells what happened.
      if lane(from: side) != .open { loseHungUp(side) }
    }
    return false
  }

  /// A link that is over, and whose end was not announced to it by us, broke. After two goodbyes it is as it should be.
  private mutating func loseHungUp(_ side: Side) {
    if lane(from: side.other) == .open { die(side, isMute: true) }
  }

  /// A side takes no more. - isMute: and nothing is left to be read from it.
  private mutating func die(_ side: Side, isMute: Bool) {
    if isMute, lane(from: side) == .open { self[side].lane = .broken }
    if lane(from: side.other) == .open { self[side.other].lane = .broken }
    // After two goodbyes a link that breaks breaks nothing.
    guard lane(from: side) == .broken || lane(from: side.other) == .broken else { return }
    self[side].isDead = true
  }

  private subscript(side: Side) -> End {
    get { side == .first ? first : second }
    set { if side == .first { first = newValue } else { second = newValue } }
  }
}
