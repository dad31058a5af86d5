/// The state that two peers share: the messages owed to the peer, those received from it, the party at this end, and
/// whether the conversation goes on.
///
/// A conversation can outlive its links, and holds none: the table of links does. A ``Session`` is the exchange on one
/// link. It takes outgoing messages from the conversation and puts received ones into it. No session of this version
/// can resume, so `interrupted` is not reached yet.
///
/// ```
///   waiting ──linkUp──▶ linked ──linkEnded, can resume──▶ interrupted ──linkUp──▶ linked
///                         └─────linkEnded, cannot resume──▶ over
/// ```
///
/// Beside the phase there is this end's ``Wish``, which moves one way only. A message enters in one place:
/// ``accept(_:count:)``.
///
/// Invariants: ``phase`` never leaves `over`. A message is accepted only while ``isOpen``. An accepted message is in
/// the outbox until it is retired.
public struct Conversation: Sendable {
  /// The relation of a conversation to its links.
  public enum Phase: Equatable, Sendable {
    /// There was no link yet.
    case waiting
    /// A link is up.
    case linked
    /// The link is gone, and another one resumes where it ended.
    case interrupted
    /// The last session ended, and no other will follow.
    case over(SessionEnding)
  }

  /// The intention of this end. It moves only down this list.
  public enum Wish: Int, Comparable, Sendable {
    /// This end may send more.
    case open
    /// The input has ended, and all of it was accepted.
    case inputEnded
    /// This end leaves once all accepted messages are sent.
    case leave
    /// This end leaves at once, whatever is lost.
    case abandon

    /// Whether `left` comes before `right` in the list.
    public static func < (left: Wish, right: Wish) -> Bool { left.rawValue < right.rawValue }
  }

  /// The party at this end.
  let party: Party
  /// The relation to the links.
  public private(set) var phase = Phase.waiting
  /// The intention of this end.
  public private(set) var wish = Wish.open
  /// The messages owed to the peer.
  private(set) var outbox = Outbox()
  /// Messages of the peer that are not committed yet. A session adds to them; the owner commits and removes them.
  public var inbox = ReceivedMessages()
  /// The number of messages received from the peer, committed or not.
  public internal(set) var receivedCount = 0
  /// The number of those that are committed.
  private(set) var committedCount = 0
  /// Whether messages stay in the outbox until the peer has acknowledged them.
  private var isAcknowledged = false
  /// Whether a session takes no further messages from this end.
  private var acceptsNoMore = false

  /// A conversation without a link and without messages.
  public init(party: Party) { self.party = party }

  // MARK: Questions

  /// Whether messages are accepted at all: now, or once the outbox is below its high-water mark.
  public var isOpen: Bool {
    guard phase == .linked, !acceptsNoMore else { return false }
    return wish == .open
  }
  /// Whether a message is accepted now: this end is open, and the outbox is below its high-water mark.
  public var hasOutboxRoom: Bool {
    isOpen && outbox.byteCount < (isAcknowledged ? Limits.unacknowledgedBytesHigh : Limits.outboxBytesHigh)
  }
  /// The same for a message that a person typed: a person is not told to wait, and cannot type without end.
  public var hasRoomForTyping: Bool { isOpen && outbox.byteCount < Limits.typedBytesHigh }
  /// The size of the accepted messages that are not retired.
  public var unsentBytes: Int { outbox.byteCount }
  /// Whether the received messages that wait to be committed leave room for more.
  public var hasInboxRoom: Bool { inbox.bytes.count < Limits.inboxBytesHigh }
  /// The number of accepted messages.
  public var acceptedCount: Int { Int(outbox.newest) }
  /// The number of accepted messages that are not retired.
  public var unsentCount: Int { outbox.messageCount }
  /// The ending of the last session; nil before ``phase`` is `over`.
  public var ending: SessionEnding? { if case .over(let ending) = phase { ending } else { nil } }

  // MARK: This end

  /// Accepts messages for the peer.
  /// - Parameters:
  ///   - lines: whole lines, each ended by a line feed and at most ``Limits/messageBytesMax`` bytes long without it.
  ///   - count: the number of lines.
  /// - Precondition: ``isOpen``.
  public mutating func accept(_ lines: ArraySlice<UInt8>, count: Int) {
    precondition(isOpen && (lines.isEmpty || lines.last == UInt8(ascii: "\n")))
    outbox.append(lines, count: count)
  }

  /// Accepts one message.
  /// - Parameter text: at most ``Limits/messageBytesMax`` bytes without NUL. Several lines are possible where the
  ///   session is framed.
  /// - Precondition: ``isOpen``.
  public mutating func accept(_ text: some Collection<UInt8>) {
    precondition(text.count <= Limits.messageBytesMax && !text.contains(0))
    accept((text.map { $0 == UInt8(ascii: "\n") ? 0 : $0 } + [UInt8(ascii: "\n")])[...], count: 1)
  }

  /// Moves the wish down its list. A wish further up changes nothing.
  public mutating func want(_ wish: Wish) { self.wish = max(self.wish, wish) }

  /// Notes that all messages in the inbox are committed: this end's user has them, or gets them in order.
  public mutating func committed() {
    inbox.removeAll()
    committedCount = receivedCount
  }

  // MARK: Links

  /// Notes that a link is up.
  /// - Parameter acknowledges: whether its session keeps messages until the peer has acknowledged them.
  public mutating func linkUp(acknowledges: Bool = false) {
    isAcknowledged = acknowledges
    switch phase {
    case .waiting, .interrupted: phase = .linked
    case .linked, .over: break
    }
  }

  /// Notes that the session of the link has ended.
  /// - Parameter resumes: whether another link can resume where this one ended.
  public mutating func linkEnded(_ ending: SessionEnding, resumes: Bool) {
    guard phase == .linked else { return }
    phase = resumes ? .interrupted : .over(ending)
  }

  // MARK: For sessions

  /// Accepts nothing more. The session takes no further messages from this end, and no other session will follow.
  mutating func stopAccepting() { acceptsNoMore = true }

  /// Removes the first `count` bytes from the outbox.
  mutating func retire(bytes count: Int) { outbox.retire(bytes: count) }

  /// Removes the messages up to a number from the outbox, if their size is known.
  mutating func retire(through number: UInt64, byteCount: Int) {
    outbox.retire(through: number, byteCount: byteCount)
  }

  /// Removes the messages up to a number from the outbox.
  /// - Returns: the bytes that they had.
  mutating func retire(through number: UInt64) -> Int { outbox.retire(through: number) }
}
