import Basics

/// The state of a plain session: how its two directions come to their end.
///
/// A link has two directions, and each closes for itself. *Inbound* ends when the peer announces that it sends no more.
/// *Outbound* ends in two steps: first nothing more is accepted and the outbox drains, then the end is announced
/// (half-close). The session is over when both have ended, when the link broke, or when a deadline passed.
///
/// ```
///   inbound    open ──peerEnded──▶ ended
///
///   outbound   open ──inputEnded / leave──▶ draining ──endSent──▶ halfClosed
///                └──────────────── sendFailed ──┴──▶ broken
/// ```
///
/// Three parties differ. A **person** takes the peer's end for its goodbye and leaves as well. A **batch** endpoint goes on
/// until its own input has ended, because the peer may just have had less to send. One that **stays** does not announce
/// its end when its input has ended, since a person would take that for a goodbye; it waits for the peer's.
///
/// Waiting is bounded by a deadline that the loop asks for and reports back:
/// - *leaving* (somebody wants out): the drain may be silent for ``Limits/drainSilence`` and take
///   ``Limits/drainTotal``, the peer's end ``Limits/goodbyeWait``;
/// - *finishing* (a batch input has ended): ``Limits/batchDrainSilence`` and ``Limits/batchRestSilence``, each anew
///   whenever something moves;
/// - a broken outbound direction leaves what the peer had sent to be read: ``Limits/goodbyeWait``, anew whenever something
///   moves, and ``Limits/drainTotal`` in all.
///
/// A link that hung up without an error was closed by a peer that had taken everything: that is its goodbye, whatever it
/// was still owed, which the outbox tells.
///
/// Invariants: ``ending`` is set once and never changes; after it every event is ignored. There is a deadline exactly
/// while outbound is not open and it has not ended. A new state or event also goes into the table test.
struct PlainSessionState: Sendable {
  enum Inbound: Equatable, Sendable { case open, ended }
  enum Outbound: Equatable, Sendable { case open, draining, halfClosed, broken }

  /// What can happen.
  enum Event: Equatable, Sendable {
    /// The batch input has no more lines; all of them are in the outbox.
    case inputEnded
    /// Somebody wants out: a command, a key, a signal.
    case leave
    /// Somebody wants out at once.
    case abandon
    /// The outbox is empty, and our end is announced. Means something only while draining.
    case endSent
    /// The peer announced that it sends no more.
    case peerEnded
    /// The link takes no more bytes from us.
    case sendFailed
    /// Both directions are over, by the peer's doing and without an error.
    case hungUp
    /// The link is gone.
    case linkFailed
    /// Something moved, either way.
    case progress
    /// The deadline has passed.
    case expired
  }

  private(set) var inbound = Inbound.open
  private(set) var outbound = Outbound.open
  private(set) var ending: SessionEnding?
  /// When ``Event/expired`` is due.
  private(set) var deadline: Instant?

  /// Whether the peer ended before we had begun to.
  private(set) var peerLeftFirst = false

  private let party: Party
  /// Whether the batch input has ended.
  private(set) var inputHasEnded = false
  /// When the peer must have been read to its end, once our direction is broken.
  private var brokenBy: Instant?
  /// When the whole drain must be over, once somebody wants out.
  private var leaveBy: Instant?

  init(party: Party) { self.party = party }

  /// Whether somebody wants out.
  var isLeaving: Bool { leaveBy != nil }

  /// Takes an event.
  mutating func handle(_ event: Event, now: Instant) {
    guard ending == nil else { return }
    switch event {
    case .inputEnded: inputEnded(now)
    case .leave: leave(now)
    case .abandon: end(.abandoned)
    case .endSent:
      guard outbound == .draining else { return }
      outbound = .halfClosed
      if inbound == .ended { end(.goodbye) } else { waitForPeer(now) }
    case .peerEnded: peerEnded(now)
    case .sendFailed: sendFailed(now)
    case .hungUp: if inbound == .ended { end(.goodbye) } else { end(.broken) }
    case .linkFailed: end(.broken)
    case .progress: prolong(now)
    case .expired: expire()
    }
  }

  private mutating func inputEnded(_ now: Instant) {
    guard !inputHasEnded else { return }
    inputHasEnded = true
    if outbound == .open, !stays || inbound == .ended { startDraining(now) }
  }

  private mutating func sendFailed(_ now: Instant) {
    guard outbound == .open || outbound == .draining else { return }
    outbound = .broken
    brokenBy = now + Limits.drainTotal
    if inbound == .ended { end(.broken) } else { prolong(now) }
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
      if party == .person { leave(now) } else if inputHasEnded { startDraining(now) }
    }
  }

  private mutating func startDraining(_ now: Instant) {
    outbound = .draining
    deadline = leaveBy.map { min($0, now + Limits.drainSilence) } ?? now + Limits.batchDrainSilence
  }

  private mutating func waitForPeer(_ now: Instant) {
    deadline = now + (isLeaving ? Limits.goodbyeWait : Limits.batchRestSilence)
  }

  /// Something moved, so the deadline begins anew, where it measures silence.
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

  private mutating func end(_ how: SessionEnding) {
    ending = how
    deadline = nil
  }

  private var stays: Bool { party == .batch(stays: true) }
}
