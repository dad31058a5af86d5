import ChatProtocol

/// A finding about a guest's link.
public enum LinkEvent: CaseIterable, Sendable {
  /// A read found its end of stream.
  case ended
  /// It is gone: a read failed, its machine has vanished, or its guest has come again on another link.
  case lost
  /// A write failed because the link is gone. The kernel does not report that again: the next read finds an end of
  /// stream that nobody announced.
  case writeFailed
  /// A write failed because the link takes no more, though the end of what it sent is still to be read.
  case takesNoMore
  /// Both of its directions are over, by two goodbyes or by a break.
  case hungUp
}

/// How a pair ends.
///
/// A pair has two lanes, one in each direction, and each closes for itself, as in a TCP link. A lane begins at a
/// *sender*, which is read, and leads to a *receiver*, which is written to. Bytes that a receiver has not taken yet are
/// parked; the sender is not read meanwhile, so a sender is seen to end only when none of its bytes is parked.
///
/// ```
///   lane   open ──sender: ended──▶ closed       the end is announced to the receiver
///            └─ sender: lost; receiver: lost, writeFailed, takesNoMore, hungUp ──▶ broken   the receiver sees no end
/// ```
///
/// A relay must not turn a break into a goodbye: a peer that receives plain text would take what came for all there
/// was. Nor a goodbye into a break: what waits for a slow reader would be lost. So a guest is *dead* once its link was
/// found to be gone, and a pair with a broken lane ends by reset. But first the other lane goes on to its own end: what
/// a guest sent before it vanished is still delivered, and the guest that is not dead is given time to take it.
///
/// The kernel reports a reset once, by the first call that meets it. If that was a write, the next read finds an end of
/// stream that nobody announced; so the splice remembers that a write failed, and does not believe an end of that
/// guest's. The kernel also reports once that a link is over, perhaps while bytes are still to be read; so that is
/// remembered until there are none.
///
/// Invariants: a lane never leaves `closed` and `broken`; a lane is broken only when a guest is dead; ``ending`` is set
/// exactly when no lane is open. A new state or event belongs in the table test too.
public struct Splice: Sendable {
  /// One direction of a pair.
  enum Lane: UInt8, Sendable { case open, closed, broken }

  /// How a pair ended.
  public enum Ending: Equatable, Sendable {
    /// Both announced their end, and each end was passed on.
    case goodbye
    /// A link broke.
    /// - intact: the guest whose link did not; it is to see a reset, once it has taken what was sent to it.
    case broken(intact: PairPosition?)
  }

  /// The state of a guest, and the lane that begins there.
  private struct End: Sendable {
    var lane = Lane.open
    var isDead = false
    var writeFailed = false
    var hungUp = false
  }

  private var first = End()
  private var second = End()

  public init() {}

  /// The lane that begins at a guest.
  func lane(from position: PairPosition) -> Lane { self[position].lane }

  /// Whether a guest is to be read when nothing it sent is parked.
  public func reads(from position: PairPosition) -> Bool { lane(from: position) == .open }

  /// How it ended, once it has.
  public var ending: Ending? {
    switch (first.lane, second.lane) {
    case (.open, _), (_, .open): nil
    case (.closed, .closed): .goodbye
    case (.broken, _), (_, .broken): .broken(intact: !first.isDead ? .first : !second.isDead ? .second : nil)
    }
  }

  /// Takes an event of a guest.
  /// - Returns: whether the guest's end is to be announced to its partner.
  public mutating func handle(_ event: LinkEvent, of position: PairPosition) -> Bool {
    switch event {
    case .ended where self[position].writeFailed: die(position, isMute: true)
    case .ended:
      guard lane(from: position) == .open else { break }
      self[position].lane = .closed
      if self[position].hungUp { loseHungUp(position) }
      return true
    case .lost: die(position, isMute: true)
    case .writeFailed:
      self[position].writeFailed = true
      die(position, isMute: false)
    case .takesNoMore: die(position, isMute: false)
    case .hungUp:
      self[position].hungUp = true
      // While it is read, reading tells what happened.
      if lane(from: position) != .open { loseHungUp(position) }
    }
    return false
  }

  /// A link that is over, and whose end was not announced to it by us, broke. After two goodbyes it is as it should be.
  private mutating func loseHungUp(_ position: PairPosition) {
    if lane(from: position.other) == .open { die(position, isMute: true) }
  }

  /// A guest takes no more.
  /// - Parameter isMute: and nothing is left to be read from it.
  private mutating func die(_ position: PairPosition, isMute: Bool) {
    if isMute, lane(from: position) == .open { self[position].lane = .broken }
    if lane(from: position.other) == .open { self[position.other].lane = .broken }
    // After two goodbyes a link that breaks breaks nothing.
    guard lane(from: position) == .broken || lane(from: position.other) == .broken else { return }
    self[position].isDead = true
  }

  private subscript(position: PairPosition) -> End {
    get { position == .first ? first : second }
    set { if position == .first { first = newValue } else { second = newValue } }
  }
}
