import Basics

/// How a session ended.
public enum SessionEnding: Equatable, Sendable, CaseIterable {
  /// Both directions ended in order.
  case goodbye
  /// Everything of ours went out and was announced as ended; the peer's end did not come in time.
  case peerStayed
  /// The peer did not take what was in the outbox in time.
  case notTaken
  /// The link broke.
  case broken
  /// Somebody at this end left at once.
  case abandoned
  /// The peer is in a conversation with somebody else.
  case refused
}

/// What is said on one link, from its first byte to its last.
///
/// A session is sans-IO. It does not own its conversation: what it sends it takes from there, what it receives it puts there,
/// and what this end wants it learns there. Its owner, a link, moves the bytes and orders the end:
///
/// ```
///   advance ▸ output ▸ (channel) ▸ sent ▸ … ▸ owesEnd ▸ (channel announces the end, kernel has it all) ▸ endSent
/// ```
///
/// "Everything is sent" is never concluded from an empty outbox: a channel may still hold bytes. So the end is reported from
/// below, by ``endSent(_:now:)``, once the lowest layer has handed over everything and announced the end.
public protocol Session: Sendable {
  /// Whether a conversation can go on with another session after this one broke.
  var resumes: Bool { get }

  /// Takes note of what this end wants now. Called each turn before output is asked for.
  mutating func advance(_ conversation: inout Conversation, now: Instant)

  /// Bytes for the channel, in order; empty when nothing waits. Let go of the slice before changing the conversation.
  func output(of conversation: borrowing Conversation) -> ArraySlice<UInt8>

  /// The channel took the first `count` bytes of the output.
  mutating func sent(_ count: Int, _ conversation: inout Conversation, now: Instant)

  /// Whether the channel is to announce our end, after what it still holds.
  func owesEnd(of conversation: borrowing Conversation) -> Bool

  /// The channel has handed over everything, our end included.
  mutating func endSent(_ conversation: inout Conversation, now: Instant)

  /// Whether the channel is to be read.
  var wantsInput: Bool { get }

  /// The channel gave bytes. The messages they complete are in the conversation's inbox.
  mutating func received(_ bytes: ArraySlice<UInt8>, _ conversation: inout Conversation, now: Instant)

  /// The peer sends no more.
  /// - Parameter announced: whether it said so in the channel's own way; a channel without such a way announces every end.
  mutating func receivedEnd(announced: Bool, _ conversation: inout Conversation, now: Instant)

  /// The link takes no more from us; what the peer sent before may still be read.
  mutating func sendFailed(_ conversation: inout Conversation, now: Instant)

  /// Both directions of the link are over.
  /// - Parameter failed: whether it was reset or lost, rather than closed by the peer.
  mutating func linkOver(failed: Bool, _ conversation: inout Conversation, now: Instant)

  /// When ``deadlinePassed(_:now:)`` is due.
  var deadline: Instant? { get }

  /// The time of ``deadline`` has come.
  mutating func deadlinePassed(_ conversation: inout Conversation, now: Instant)

  /// Whether the peer has announced its end.
  var peerHasEnded: Bool { get }
  /// Whether the peer ended before this end had begun to.
  var peerLeftFirst: Bool { get }
  /// How it ended, once it has. It never changes afterwards.
  var ending: SessionEnding? { get }
}
