import Basics

/// The state of a plain session: the ends of its two directions.
///
/// A link has two directions, and each closes by itself. *Inbound* ends when the peer announces that it sends no more.
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
/// Three parties differ. A **person** takes the peer's end for its goodbye and leaves as well. A **batch** endpoint
/// goes on until its own input has ended, because the peer may merely have had less to send. A batch endpoint that
/// **stays** does not announce its end when its input has ended, because a person would take that for a goodbye. It
/// waits for the peer's end.
///
/// Every wait is bounded by a deadline. The loop asks for it and reports when it has passed. *Progress* is a byte that
/// the link took, or a message that it delivered.
/// - While this end *leaves*, the outbox drains for at most ``Limits/drainSilence`` without progress and at most
///   ``Limits/drainTotal`` in all. Then the peer's end is awaited for ``Limits/goodbyeWait``.
/// - After a batch input has ended, the outbox drains for at most ``Limits/batchDrainSilence`` without progress. Then
///   the peer's end is awaited for ``Limits/plainPeerEndWait`` without progress.
/// - When outbound is broken, the bytes that the peer sent before are still read: for at most ``Limits/goodbyeWait``
///   without progress and at most ``Limits/drainTotal`` in all.
///
/// A link that hung up without an error was closed by a peer that had taken everything. That is the peer's goodbye,
/// even if messages for it remain; the outbox counts them.
///
/// Invariants: ``ending`` is set once and never changes, and every later event is ignored. There is a deadline exactly
/// while outbound is not open and there is no ending. A new state or event also goes into the table test.
struct PlainSessionState: Sendable {
  enum Inbound: Equatable, Sendable { case open, ended }
  enum Outbound: Equatable, Sendable { case open, draining, halfClosed, broken }

  /// Something that happened to the session.
  enum Event: Equatable, Sendable {
    /// The batch input has no more lines; all of them are in the outbox.
    case inputEnded
    /// This end is to leave: by a command, a key or a signal.
    case leave
    /// This end is to leave at once.
    case abandon
    /// The outbox is empty, and this end is announced. It changes nothing unless outbound drains.
    case endSent
    /// The peer announced that it sends no more.
    case peerEnded
    /// The link takes no more bytes from this end.
    case sendFailed
    /// The peer closed both directions, without an error.
    case hungUp
    /// The link is gone.
    case linkFailed
    /// The link took bytes or delivered messages.
    case progress
    /// The deadline has passed.
    case expired
  }

  private(set) var inbound = Inbound.open
  private(set) var outbound = Outbound.open
  private(set) var ending: SessionEnding?
  /// The instant at which ``Event/expired`` is due.
  private(set) var deadline: Instant?

  /// Whether the peer ended before this end had begun to.
  private(set) var peerLeftFirst = false

  private let party: Party
  /// How long a batch end whose input has ended waits for a silent peer.
  private let plainPeerEndWait: Duration
  /// Whether the batch input has ended.
  private(set) var inputHasEnded = false
  /// The last instant to read the peer's bytes at, once outbound is broken.
  private var brokenBy: Instant?
  /// The last instant of the drain, once this end leaves.
  private var leaveBy: Instant?

  init(party: Party, plainPeerEndWait: Duration = Limits.plainPeerEndWait) {
    self.party = party
    self.plainPeerEndWait = plainPeerEndWait
  }

  /// Whether this end leaves.
  var isLeaving: Bool { leaveBy != nil }

  /// Notes an event.
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
    deadline = now + (isLeaving ? Limits.goodbyeWait : plainPeerEndWait)
  }

  /// Renews the deadline after progress, if it measures silence.
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
    case .halfClosed: end(.noPeerEnd)
    case .broken: end(.broken)
    }
  }

  private mutating func end(_ how: SessionEnding) {
    ending = how
    deadline = nil
  }

  private var stays: Bool { party == .batch(stays: true) }
}
