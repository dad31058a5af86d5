/// What two peers share: what this end owes the peer, what the peer sent, who is at this end, and whether it goes on.
///
/// A conversation owns its links and outlives them. A ``Session`` is what is said on one link; it takes from a conversation
/// and gives to it.
///
/// ```
///   waiting ──linkUp──▶ linked ──linkEnded, can resume──▶ interrupted ──linkUp──▶ linked
///                         └─────linkEnded, cannot resume──▶ over ◀──giveUp── interrupted
/// ```
///
/// Beside that, this end's own wish moves one way only: *open*, then *ended* (the input has no more), *leaving* (somebody
/// wants out) or *abandoned* (at once). There is one place where a message enters: ``accept(_:count:)``.
///
/// Invariants: ``phase`` never leaves `over`; a message is accepted only while ``isOpen``; what was accepted is in the outbox
/// until it is retired.
public struct Conversation: Sendable {
  public enum Phase: Equatable, Sendable {
    /// There was no link yet.
    case waiting
    case linked
    /// The link is gone, and the next one goes on where it ended.
    case interrupted
    case over(SessionEnding)
  }

  /// What this end wants. It only ever moves down this list.
  public enum Wish: Int, Comparable, Sendable {
    case open
    /// The input has ended; all of it was accepted.
    case inputEnded
    /// Somebody wants out, after what was accepted is sent.
    case leave
    /// Somebody wants out now, whatever is lost.
    case abandon

    public static func < (left: Wish, right: Wish) -> Bool { left.rawValue < right.rawValue }
  }

  public let party: Party
  public private(set) var phase = Phase.waiting
  public private(set) var wish = Wish.open
  /// What is owed to the peer.
  public private(set) var outbox = Outbox()
  /// What the peer sent and is not committed yet. A session adds to it; the owner commits and empties it.
  public var inbox = MessageBatch()
  /// How many messages of the peer's were received, committed or not.
  public internal(set) var receivedCount = 0
  /// Whether a session found that the peer takes nothing more.
  private var isClosed = false

  public init(party: Party) { self.party = party }

  // MARK: Questions

  /// Whether messages are accepted at all, now or once the outbox has drained.
  public var isOpen: Bool {
    guard phase == .linked, !isClosed else { return false }
    return wish == .open
  }
  /// Whether a message is accepted now: false while the outbox is above its high-water mark.
  public var acceptsMessages: Bool { isOpen && outbox.byteCount < Limits.outboxBytesHigh }
  /// Whether the received messages that wait to be committed leave room for more.
  public var hasInboxRoom: Bool { inbox.bytes.count < Limits.inboxBytesHigh }
  /// How many messages were accepted.
  public var acceptedCount: Int { Int(outbox.newest) }
  /// How many of them are not retired.
  public var unsentCount: Int { outbox.messageCount }
  /// How it ended, once it has.
  public var ending: SessionEnding? { if case .over(let ending) = phase { ending } else { nil } }

  // MARK: This end

  /// Accepts messages for the peer: whole lines, each ended by a line feed, each at most ``Limits/messageBytesMax`` bytes.
  /// - Parameter count: how many they are.
  /// - Precondition: ``isOpen``.
  public mutating func accept(_ lines: ArraySlice<UInt8>, count: Int) {
    precondition(isOpen && (lines.isEmpty || lines.last == UInt8(ascii: "\n")))
    outbox.append(lines, count: count)
  }

  /// Accepts one message.
  /// - Parameter text: without a line feed, at most ``Limits/messageBytesMax`` bytes.
  /// - Precondition: ``isOpen``.
  public mutating func accept(_ text: some Collection<UInt8>) {
    precondition(text.count <= Limits.messageBytesMax && !text.contains(UInt8(ascii: "\n")))
    accept((Array(text) + [UInt8(ascii: "\n")])[...], count: 1)
  }

  /// This end wants less than before. A wish for more than it is left with changes nothing.
  public mutating func want(_ wish: Wish) { self.wish = max(self.wish, wish) }

  /// All messages in the inbox are committed: they are with this end's user, or on their way there in order.
  public mutating func committed() { inbox.removeAll() }

  // MARK: Links

  /// A link is up.
  public mutating func linkUp() {
    switch phase {
    case .waiting, .interrupted: phase = .linked
    case .linked, .over: break
    }
  }

  /// The session of the link has ended.
  /// - Parameter resumes: whether another link can go on where this one ended.
  public mutating func linkEnded(_ ending: SessionEnding, resumes: Bool) {
    guard phase == .linked else { return }
    phase = resumes ? .interrupted : .over(ending)
  }

  /// No other link is waited for.
  public mutating func giveUp() { if phase == .interrupted { phase = .over(.broken) } }

  // MARK: For sessions

  /// The peer takes nothing more on this link, and there will be no other.
  mutating func close() { isClosed = true }

  /// The first `count` bytes of the outbox need not be kept any longer.
  mutating func retire(bytes count: Int) { outbox.retire(bytes: count) }
}
