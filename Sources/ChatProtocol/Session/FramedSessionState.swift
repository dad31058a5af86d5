import Basics

/// The state of a framed session: the ends of its two directions.
///
/// An end is a frame, the goodbye. It is sent once every message of this end is acknowledged. After it this end still
/// takes and acknowledges messages, until the peer's goodbye came. Then the link is closed. It is read to its end
/// first, because a close with bytes unread is a reset.
///
/// ```
///   inbound    open ──goodbye──▶ ended
///
///   outbound   open ──inputEnded / leave──▶ draining ──drained──▶ finished ──▶ closing ──endSent──▶ closed
/// ```
///
/// As in a plain session, a **person** takes the peer's goodbye for its own and leaves as well; a **batch** end goes on
/// until its input has ended; one that **stays** waits for the peer's goodbye before it says its own. The greetings say
/// which party the peer is:
/// - A peer that leaves is answered at once, because it waits for ``Limits/goodbyeWait`` only.
/// - A peer in batch whose input goes on is waited for as long as the link lives.
/// - A person is waited for during ``Limits/goodbyeWait``.
///
/// Every wait but the one for a peer in batch is bounded by a deadline. *Progress* is a message that becomes
/// acknowledged, or the answer to a question. Neither can be repeated, so a drain ends whatever the peer sends.
///
/// A link that breaks ends the session by `broken`, and another one resumes, unless nothing is left to resume for: the
/// peer has left, or this end leaves or talks to a person and all of its messages are acknowledged.
///
/// Invariants: ``ending`` is set once and never changes, and every later event is ignored. A new state or event also
/// goes into the table test.
struct FramedSessionState: Hashable, Sendable {
  enum Inbound: Hashable, Sendable { case open, ended }
  enum Outbound: Hashable, Sendable { case open, draining, finished, closing, closed }

  /// Something that happened to the session.
  enum Event: Hashable, Sendable {
    /// The batch input has no more lines; all of them are in the outbox.
    case inputEnded
    /// This end is to leave: by a command, a key or a signal.
    case leave
    /// This end is to leave at once.
    case abandon
    /// Every message of this end is acknowledged, and the goodbye is on its way. It changes nothing unless outbound
    /// drains.
    case drained
    /// The link has carried everything, its own end included.
    case endSent
    /// The peer's input has ended.
    case peerFinished
    /// The peer leaves.
    case peerLeaves
    /// The peer's side of the link ended.
    case linkEnded
    /// The link broke.
    case linkFailed
    /// A message became acknowledged, or the peer answered a question.
    case progress
    /// The deadline has passed.
    case expired
    /// The peer was silent for too long.
    case silent
  }

  private(set) var inbound = Inbound.open
  private(set) var outbound = Outbound.open
  private(set) var ending: SessionEnding?
  /// The instant at which ``Event/expired`` is due.
  private(set) var deadline: Instant?
  /// Whether the peer ended before this end had begun to.
  private(set) var peerLeftFirst = false
  /// Whether the batch input has ended.
  private(set) var inputHasEnded = false

  private let party: Party
  private let peerIsPerson: Bool
  /// The last instant of the drain, once this end leaves.
  private var leaveBy: Instant?
  /// Whether the peer's goodbye did not come in time.
  private var peerStayed = false
  /// Whether the peer's side of the link ended.
  private(set) var hasLinkEnded = false

  init(party: Party, peerIsPerson: Bool) {
    self.party = party
    self.peerIsPerson = peerIsPerson
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
    case .drained:
      guard outbound == .draining else { return }
      outbound = .finished
      if inbound == .ended { close(now) } else { waitForPeer(now) }
    case .endSent:
      guard outbound == .closing else { return }
      outbound = .closed
      if hasLinkEnded { end(peerStayed ? .noPeerEnd : .goodbye) }
    case .peerFinished: peerEnded(leaves: false, now)
    case .peerLeaves: peerEnded(leaves: true, now)
    case .linkEnded: linkEnded()
    case .linkFailed: linkFailed()
    case .progress: if outbound == .draining { startDraining(now) }
    case .expired: expire(now)
    case .silent: if outbound == .closing || outbound == .closed { expire(now) } else { end(.silent) }
    }
  }

  private mutating func inputEnded(_ now: Instant) {
    guard !inputHasEnded else { return }
    inputHasEnded = true
    if outbound == .open, party != .batch(stays: true) || inbound == .ended { startDraining(now) }
  }

  private mutating func leave(_ now: Instant) {
    guard leaveBy == nil else { return }
    leaveBy = now + Limits.drainTotal
    switch outbound {
    case .open, .draining: startDraining(now)
    case .finished: waitForPeer(now)
    case .closing, .closed: break
    }
  }

  private mutating func peerEnded(leaves: Bool, _ now: Instant) {
    guard inbound == .open else { return }
    inbound = .ended
    peerLeftFirst = outbound == .open
    switch outbound {
    case .finished: close(now)
    case .closing, .closed: peerStayed = false
    case .draining: if leaves { leave(now) }
    case .open:
      if leaves || party == .person { leave(now) } else if inputHasEnded { startDraining(now) }
    }
  }

  private mutating func linkEnded() {
    hasLinkEnded = true
    // The rest of this side's end still goes out.
    if outbound != .closing { linkFailed() }
  }

  private mutating func linkFailed() {
    switch outbound {
    // A peer that left does not come back for the rest.
    case .open, .draining: end(inbound == .ended && isLeaving ? .goodbye : .broken)
    // The peer has acknowledged everything.
    case .finished: end(isLeaving || peerIsPerson ? .noPeerEnd : .broken)
    case .closing, .closed: end(inbound == .ended ? .goodbye : .noPeerEnd)
    }
  }

  private mutating func startDraining(_ now: Instant) {
    outbound = .draining
    deadline = leaveBy.map { min($0, now + Limits.drainSilence) } ?? now + Limits.batchDrainSilence
  }

  private mutating func waitForPeer(_ now: Instant) {
    deadline = isLeaving || peerIsPerson ? now + Limits.goodbyeWait : nil
  }

  private mutating func close(_ now: Instant) {
    outbound = .closing
    deadline = now + Limits.goodbyeWait
  }

  private mutating func expire(_ now: Instant) {
    switch outbound {
    case .open: break
    case .draining: end(.notTaken)
    case .finished:
      peerStayed = true
      close(now)
    case .closing, .closed: end(peerStayed ? .noPeerEnd : .goodbye)
    }
  }

  private mutating func end(_ how: SessionEnding) {
    ending = how
    deadline = nil
  }
}
