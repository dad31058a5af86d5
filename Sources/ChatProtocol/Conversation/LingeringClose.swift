import Basics

/// How a link is closed without destroying what was sent on it.
///
/// A close while bytes of the peer are unread resets the link, and the peer may then never read what it was sent (RFC
/// 2525 section 2.17). And after the close nobody reports whether the rest arrived. So a link that is to go lingers:
/// what waits is sent, the end is announced if it is to be, and the link is kept until one of two things happened.
///
/// ```
///   sending ──nothing unsent──▶ announcing ──halfClosed──▶ awaiting ──▶ over: closed
///      └────────── broke, expired, too many bytes discarded ─────┴──▶ over: broken, notTaken, timedOut, flooded
/// ```
///
/// - ``Awaited/peerEnd``: for a caller that is refused. Its bytes are read and discarded until it closes.
/// - ``Awaited/acknowledgement``: for a link whose session is over. It is not read any more; the kernel is probed for
///   the bytes that the peer's kernel has not acknowledged, because it never reports that by itself.
///
/// It touches nothing: events and the time go in; what the owner owes the link, a deadline and at last an outcome come
/// out. It counts bytes and holds none. Invariants: ``outcome`` is set once and never changes, and every later event is
/// ignored; there is a deadline exactly while there is no outcome. A new event or outcome belongs in the table test
/// too.
public struct LingeringClose: Sendable {
  /// What the link is kept for.
  public enum Awaited: Equatable, Sendable {
    /// Until the peer ends, which shows that it has read what it was sent.
    case peerEnd
    /// Until the peer's kernel has acknowledged every byte.
    case acknowledgement
  }

  /// How long a link lingers, and how much it reads meanwhile.
  public struct Bounds: Equatable, Sendable {
    /// A bound on the whole, or on the time without the peer taking a byte: a link lingers for ever under neither.
    enum Limit: Equatable, Sendable {
      case total(Duration)
      case silence(Duration)
    }
    let limit: Limit
    /// What is read and discarded at most, in bytes.
    let discardBytesMax: Int
    /// The delay before the first repeated probe of the kernel. It doubles each time…
    let probeDelay: Duration
    /// …up to this.
    let probeDelayMax: Duration

    /// A bound on the whole, for a peer that is to close.
    public init(total: Duration, discardBytesMax: Int = .max) {
      self.init(.total(total), discardBytesMax, .milliseconds(1), .milliseconds(64))
    }

    /// A bound on the time without the peer taking a byte, for one that is to acknowledge.
    public init(
      silence: Duration, probeDelay: Duration = .milliseconds(1), probeDelayMax: Duration = .milliseconds(64)
    ) {
      self.init(.silence(silence), .max, probeDelay, probeDelayMax)
    }

    private init(_ limit: Limit, _ discardBytesMax: Int, _ probeDelay: Duration, _ probeDelayMax: Duration) {
      self.limit = limit
      self.discardBytesMax = discardBytesMax
      self.probeDelay = probeDelay
      self.probeDelayMax = probeDelayMax
    }
  }

  /// What can happen to the link.
  public enum Event: Equatable, Sendable {
    /// This many bytes of ours still wait to be handed to the kernel.
    case unsent(Int)
    /// The end of our direction was announced, as ``LingeringClose/owesHalfClose`` asked.
    case halfClosed
    /// This many bytes of the peer were read and discarded.
    case discarded(Int)
    /// The peer announced that it sends no more.
    case peerEnded
    /// The link failed.
    case broke
    /// The kernel was probed: this many bytes are handed to it and not acknowledged.
    case unacknowledged(Int)
    /// The time of ``LingeringClose/deadline`` has come.
    case expired
  }

  /// How it ended.
  public enum Outcome: Equatable, Sendable {
    /// What was awaited happened.
    case closed
    /// The peer took everything, but did not end in time.
    case timedOut
    /// The peer did not take everything in time.
    case notTaken
    /// The peer sent more than is read of it.
    case flooded
    /// The link failed.
    case broken
  }

  /// How it ended, once it has. The link is to be let go then.
  public private(set) var outcome: Outcome?
  /// Bytes of the peer that were read and discarded.
  public private(set) var discardedBytes = 0

  private let awaited: Awaited
  private let bounds: Bounds
  private var unsentBytes: Int
  /// What the kernel last reported; nil before the first probe.
  private var unacknowledgedBytes: Int?
  /// Whether the end of our direction is to be announced still.
  private var isHalfCloseDue: Bool
  private var hasPeerEnded = false
  /// The fewest bytes that were unsent or unacknowledged at a probe.
  private var fewestLeft = Int.max

  private var closeBy: Instant
  private var probeAt: Instant?
  private var probeDelay: Duration

  /// Begins to close.
  /// - Parameters:
  ///   - halfCloses: whether the end of our direction is to be announced once everything was sent. False where it was
  ///     announced before, or where the link is to end by a reset.
  ///   - unsentBytes: what waits to be handed to the kernel.
  public init(
    awaiting awaited: Awaited, _ bounds: Bounds, halfCloses: Bool, unsentBytes: Int = 0, now: Instant
  ) {
    self.awaited = awaited
    self.bounds = bounds
    self.unsentBytes = unsentBytes
    isHalfCloseDue = halfCloses
    closeBy =
      switch bounds.limit {
      case .total(let time), .silence(let time): now + time
      }
    probeAt = awaited == .acknowledgement ? now : nil
    probeDelay = bounds.probeDelay
  }

  /// Whether the end of our direction is to be announced now.
  public var owesHalfClose: Bool { outcome == nil && isHalfCloseDue && unsentBytes == 0 }

  /// Whether the link is to be read, and what it gives discarded.
  public var discardsInput: Bool { outcome == nil && awaited == .peerEnd && !hasPeerEnded }

  /// Whether the kernel is to be probed now for what is unacknowledged. A probe at another time does no harm.
  public func isProbeDue(now: Instant) -> Bool { outcome == nil && probeAt.map { $0 <= now } ?? false }

  /// When a probe or ``Event/expired`` is due.
  public var deadline: Instant? {
    guard outcome == nil else { return nil }
    return nearest(closeBy, probeAt)
  }

  /// Takes an event.
  public mutating func handle(_ event: Event, now: Instant) {
    guard outcome == nil else { return }
    switch event {
    case .unsent(let count):
      if count < unsentBytes { renewSilence(now) }
      unsentBytes = count
    case .halfClosed:
      isHalfCloseDue = false
    case .discarded(let count):
      discardedBytes += count
      if discardedBytes > bounds.discardBytesMax { outcome = .flooded }
    case .peerEnded:
      hasPeerEnded = true
    case .broke:
      outcome = .broken
    case .unacknowledged(let count):
      unacknowledgedBytes = count
      if unsentBytes + count < fewestLeft { renewSilence(now) }
      fewestLeft = min(fewestLeft, unsentBytes + count)
      scheduleProbe(now)
    case .expired:
      expire(now)
    }
    if outcome == nil, isClosed { outcome = .closed }
  }

  private var isClosed: Bool {
    guard unsentBytes == 0, !isHalfCloseDue else { return false }
    return switch awaited {
    case .peerEnd: hasPeerEnded
    case .acknowledgement: unacknowledgedBytes == 0
    }
  }

  /// Each byte that moves towards the peer renews the bound on silence.
  private mutating func renewSilence(_ now: Instant) {
    if case .silence(let time) = bounds.limit { closeBy = now + time }
  }

  private mutating func scheduleProbe(_ now: Instant) {
    guard awaited == .acknowledgement else { return }
    probeAt = now + probeDelay
    probeDelay = min(probeDelay * 2, bounds.probeDelayMax)
  }

  private mutating func expire(_ now: Instant) {
    guard closeBy <= now else { return }
    outcome = unsentBytes > 0 || unacknowledgedBytes ?? 0 > 0 ? .notTaken : .timedOut
  }
}
