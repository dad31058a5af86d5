import Basics

/// How a conversation over one link comes to its end.
///
/// A link has two directions, and each closes for itself. *Inbound* ends when the peer announces that it sends no more.
/// *Outbound* ends in two steps: first nothing more is accepted and the outbox drains, then the end is announced
/// (half-close). The conversation is over when both have ended, when the link broke, or when somebody's patience did.
///
/// ```
///   inbound    open ──peerEnded──▶ ended
///
///   outbound   open ──inputUsedUp / leave──▶ draining ──drained──▶ halfClosed
///                └──────────────── sendBroke ──┴──▶ broken
/// ```
///
/// Three manners differ. A **person** takes the peer's end for its goodbye and leaves as well. A **batch** endpoint goes on
/// until its own input is used up, because the peer may just have had less to say. One that **stays** does not announce
/// its end when its input is used up, since a person would take that for a goodbye; it waits for the peer's.
///
/// Patience, always a deadline that the loop asks for and reports back:
/// - *leaving* (somebody wants out): the drain may be silent for ``Limits/drainSilence`` and take
///   ``Limits/drainTotal``, the peer's end ``Limits/goodbyeWait``;
/// - *finishing* (a batch input is used up): ``Limits/batchDrainSilence`` and ``Limits/batchRestSilence``, each anew
///   whenever a byte moves;
/// - a broken outbound direction leaves what the peer had sent to be read: ``Limits/goodbyeWait``, anew whenever a byte
///   moves, and ``Limits/drainTotal`` in all.
///
/// Invariants: ``ending`` is set once and never changes; after it every event is ignored. There is a deadline exactly
/// while outbound is not open and it has not ended. Whoever adds a state or an event also edits the table test.
public struct ConversationLife: Sendable {
  /// Who is at this end.
  public enum Manner: Equatable, Sendable {
    case person
    /// - stays: after the last line, receive until the peer leaves, however long that takes.
    case batch(stays: Bool)
  }

  public enum Inbound: Equatable, Sendable { case open, ended }
  public enum Outbound: Equatable, Sendable { case open, draining, halfClosed, broken }

  /// What can happen.
  public enum Event: Equatable, Sendable {
    /// The batch input has no more lines; all of them are in the outbox.
    case inputUsedUp
    /// Somebody wants out: a command, a key, a signal.
    case leave
    /// The outbox is empty. Means something only while draining.
    case drained
    /// The peer announced that it sends no more.
    case peerEnded
    /// The link takes no more bytes from us.
    case sendBroke
    /// The link is gone.
    case linkBroke
    /// Bytes moved, either way.
    case progress
    /// The deadline has passed.
    case expired
  }

  /// What the owner of the link is to do.
  public enum Action: Equatable, Sendable {
    /// Announce that no more will be sent.
    case halfClose
  }

  /// How it ended.
  public enum Ending: Equatable, Sendable {
    /// Both directions ended in order.
    case goodbye
    /// Everything of ours went out and was announced as ended; the peer's end did not come in time.
    case peerStayed
    /// The peer did not take what was in the outbox in time.
    case notTaken
    /// The link broke.
    case broken
  }

  public private(set) var inbound = Inbound.open
  public private(set) var outbound = Outbound.open
  public private(set) var ending: Ending?
  /// When ``Event/expired`` is due.
  public private(set) var deadline: Instant?

  /// Whether the peer ended before we had begun to.
  public private(set) var peerLeftFirst = false

  private let manner: Manner
  /// Whether the batch input is used up.
  private(set) var hasSaidAll = false
  /// When the peer must have been read to its end, once our direction is broken.
  private var brokenBy: Instant?
  /// When the whole drain must be over, once somebody wants out.
  private var leaveBy: Instant?

  public init(manner: Manner) { self.manner = manner }

  /// Whether somebody wants out.
  public var isLeaving: Bool { leaveBy != nil }

  /// Whether text may still be said.
  public var acceptsText: Bool { ending == nil && outbound == .open }

  /// Takes an event.
  /// - Returns: what is to be done about it.
  public mutating func handle(_ event: Event, now: Instant) -> Action? {
    guard ending == nil else { return nil }
    switch event {
    case .inputUsedUp:
      hasSaidAll = true
      if outbound == .open, !stays || inbound == .ended { startDraining(now) }
    case .leave:
      leave(now)
    case .drained:
      guard outbound == .draining else { return nil }
      outbound = .halfClosed
      if inbound == .ended { end(.goodbye) } else { waitForPeer(now) }
      return .halfClose
    case .peerEnded:
      peerEnded(now)
    case .sendBroke:
      guard outbound == .open || outbound == .draining else { return nil }
      outbound = .broken
      brokenBy = now + Limits.drainTotal
      if inbound == .ended { end(.broken) } else { prolong(now) }
    case .linkBroke:
      end(.broken)
    case .progress:
      prolong(now)
    case .expired:
      expire()
    }
    return nil
  }

  private mutating func leave(_ now: Instant) {
    guard leaveBy == nil else { return }
    leaveBy = now + Limits.drainTotal
    switch outbound {
    case .open, .draining: startDraining(now)
    case .halfClosed: waitForPeer(now)
    case .broken: break
    }
  }

  private mutating func peerEnded(_ now: Instant) {
    guard inbound == .open else { return }
    inbound = .ended
    peerLeftFirst = outbound == .open
    switch outbound {
    case .halfClosed: end(.goodbye)
    case .broken: end(.broken)
    case .draining: break
    case .open:
      if manner == .person { leave(now) } else if hasSaidAll { startDraining(now) }
    }
  }

  private mutating func startDraining(_ now: Instant) {
    outbound = .draining
    deadline = leaveBy.map { min($0, now + Limits.drainSilence) } ?? now + Limits.batchDrainSilence
  }

  private mutating func waitForPeer(_ now: Instant) {
    deadline = now + (isLeaving ? Limits.goodbyeWait : Limits.batchRestSilence)
  }

  /// Bytes moved, so patience begins anew, where it is measured by silence.
  private mutating func prolong(_ now: Instant) {
    switch outbound {
    case .draining: startDraining(now)
    case .halfClosed where !isLeaving: waitForPeer(now)
    case .broken: deadline = brokenBy.map { min($0, now + Limits.goodbyeWait) }
    case .open, .halfClosed: break
    }
  }

  private mutating func expire() {
    switch outbound {
    case .open: break
    case .draining: end(.notTaken)
    case .halfClosed: end(.peerStayed)
    case .broken: end(.broken)
    }
  }

  private mutating func end(_ how: Ending) {
    ending = how
    deadline = nil
  }

  private var stays: Bool { manner == .batch(stays: true) }
}
