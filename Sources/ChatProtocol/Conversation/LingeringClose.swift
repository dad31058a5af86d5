import Basics

/// A close of a link that does not destroy the bytes sent on it.
///
/// A close while bytes of the peer are unread resets the link, and the peer may then never read the bytes sent to it
/// (RFC 2525 section 2.17). After the close nothing reports whether the rest arrived. So a link lingers before it
/// closes: the waiting bytes are sent, the end is announced where that is asked for, and the link is kept until the
/// peer has ended or acknowledged.
///
/// ```
///   sending ──nothing unsent──▶ announcing ──halfClosed──▶ awaiting ──▶ over: closed
///      └────────── broke, expired, too many bytes discarded ─────┴──▶ over: broken, notTaken, timedOut, flooded
/// ```
///
/// - ``Awaited/peerEnd``: for a caller that is refused. Its bytes are read and discarded until it closes.
/// - ``Awaited/acknowledgement``: for a link whose session is over. It is not read any more. The kernel never reports
///   by itself which bytes the peer's kernel has not acknowledged, so it is asked for their number.
///
/// The machine makes no system call. Events and the time go in; the duties of the owner, a deadline and an outcome come
/// out. It counts bytes and holds none.
///
/// Invariants: ``outcome`` is set once and never changes, and every later event is ignored. There is a deadline exactly
/// while there is no outcome. A new event or outcome also goes into the table test.
public struct LingeringClose: Sendable {
  /// The proof that is awaited before the close.
  public enum Awaited: Equatable, Sendable {
    /// The peer's end. It shows that the peer has read all bytes.
    case peerEnd
    /// The acknowledgement of every byte by the peer's kernel.
    case acknowledgement
  }

  /// The time that a link lingers at most, and the bytes that it reads meanwhile.
  public struct Bounds: Equatable, Sendable {
    /// The bound on time. Neither kind lets a link linger for ever.
    enum Limit: Equatable, Sendable {
      /// A bound on the whole time.
      case total(Duration)
      /// A bound on the time without the peer taking a byte.
      case silence(Duration)
    }
    let limit: Limit
    /// The most bytes that are read and discarded.
    let discardBytesMax: Int
    /// The delay before the kernel is asked for the second time. It doubles each time, up to ``checkDelayMax``.
    let checkDelay: Duration
    /// The longest delay before it is asked again.
    let checkDelayMax: Duration

    /// A bound on the whole time, for a peer that is to close.
    public init(total: Duration, discardBytesMax: Int = .max) {
      self.init(.total(total), discardBytesMax, .milliseconds(1), .milliseconds(64))
    }

    /// A bound on the time without the peer taking a byte, for a peer that is to acknowledge.
    public init(
      silence: Duration, checkDelay: Duration = .milliseconds(1), checkDelayMax: Duration = .milliseconds(64)
    ) {
      self.init(.silence(silence), .max, checkDelay, checkDelayMax)
    }

    private init(_ limit: Limit, _ discardBytesMax: Int, _ checkDelay: Duration, _ checkDelayMax: Duration) {
      self.limit = limit
      self.discardBytesMax = discardBytesMax
      self.checkDelay = checkDelay
      self.checkDelayMax = checkDelayMax
    }
  }

  /// Something that happened to the link.
  public enum Event: Equatable, Sendable {
    /// This many bytes still wait to be handed to the kernel.
    case unsent(Int)
    /// This end was announced, as ``LingeringClose/owesHalfClose`` asked.
    case halfClosed
    /// This many bytes of the peer were read and discarded.
    case discarded(Int)
    /// The peer announced that it sends no more.
    case peerEnded
    /// The link failed.
    case broke
    /// The kernel was asked: it holds this many bytes that are not acknowledged.
    case unacknowledged(Int)
    /// The time of ``LingeringClose/deadline`` has come.
    case expired
  }

  /// The result of the close.
  public enum Outcome: Equatable, Sendable {
    /// The awaited proof came.
    case closed
    /// The peer took everything, but did not end in time.
    case timedOut
    /// The peer did not take everything in time.
    case notTaken
    /// The peer sent more than ``Bounds`` allow.
    case flooded
    /// The link failed.
    case broken
  }

  /// The result; nil while the link lingers. The owner closes the socket once there is one.
  public private(set) var outcome: Outcome?
  /// Bytes of the peer that were read and discarded.
  private var discardedBytes = 0

  private let awaited: Awaited
  private let bounds: Bounds
  private var unsentBytes: Int
  /// The number that the kernel last reported; nil before it was asked.
  private var unacknowledgedBytes: Int?
  /// Whether this end is still to be announced.
  private var isHalfCloseDue: Bool
  private var hasPeerEnded = false
  /// The fewest bytes that were unsent or unacknowledged whenever the kernel was asked.
  private var fewestLeft = Int.max

  private var closeBy: Instant
  private var checkAt: Instant?
  private var checkDelay: Duration

  /// Begins to close.
  /// - Parameters:
  ///   - awaited: the proof that is awaited.
  ///   - bounds: the bounds on time and on discarded bytes.
  ///   - halfCloses: whether this end is to be announced once everything is sent. False if it was announced before, or
  ///     if the link is to end by a reset.
  ///   - unsentBytes: the number of bytes that wait to be handed to the kernel.
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
    checkAt = awaited == .acknowledgement ? now : nil
    checkDelay = bounds.checkDelay
  }

  /// Whether this end is to be announced now.
  public var owesHalfClose: Bool { outcome == nil && isHalfCloseDue && unsentBytes == 0 }

  /// Whether the link is to be read and its bytes discarded.
  public var discardsReceived: Bool { outcome == nil && awaited == .peerEnd && !hasPeerEnded }

  /// Whether the kernel is to be asked now for the number of unacknowledged bytes. To ask at another time does no harm.
  public func isAcknowledgementCheckDue(now: Instant) -> Bool { outcome == nil && checkAt.map { $0 <= now } ?? false }

  /// The instant at which that question or ``Event/expired`` is due; nil once there is an outcome.
  public var deadline: Instant? {
    guard outcome == nil else { return nil }
    return nearest(closeBy, checkAt)
  }

  /// Notes an event. After the outcome it changes nothing.
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
      scheduleCheck(now)
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

  /// Renews the bound on silence, after bytes moved towards the peer.
  private mutating func renewSilence(_ now: Instant) {
    if case .silence(let time) = bounds.limit { closeBy = now + time }
  }

  private mutating func scheduleCheck(_ now: Instant) {
    guard awaited == .acknowledgement else { return }
    checkAt = now + checkDelay
    checkDelay = min(checkDelay * 2, bounds.checkDelayMax)
  }

  private mutating func expire(_ now: Instant) {
    guard closeBy <= now else { return }
    outcome = unsentBytes > 0 || unacknowledgedBytes ?? 0 > 0 ? .notTaken : .timedOut
  }
}
