import Basics

/// The way a session ended.
public enum SessionEnding: Hashable, Sendable {
  /// The peer ended, and this end did or need not any more. A framed session also ends so if the link breaks after the
  /// goodbye of a peer that leaves; the outbox counts the messages that remain.
  case goodbye
  /// Everything was sent and this end was announced; the peer's end did not come in time, or the link broke before it.
  case noPeerEnd
  /// The peer did not take the whole outbox in time.
  case notTaken
  /// The link broke.
  case broken
  /// This end left at once.
  case abandoned
  /// The peer is in a conversation with somebody else.
  case peerBusy
  /// The other end speaks another protocol, and is no peer.
  case foreign(ForeignProtocol)
  /// The peer was silent for too long.
  case silent
  /// The peer broke the protocol.
  case violated(FrameViolation)
  /// The peer reports that this end broke the protocol.
  /// - Parameter text: its words, not escaped.
  case complained(String)
  /// The peer ended the session for a reason that is not a goodbye: it cannot store what it gets, or another link or
  /// program has the conversation.
  case refusedByPeer(Goodbye.Reason)
  /// This end ended it for such a reason.
  case refused(Goodbye.Reason)
}

/// The exchange on one link, from its first byte to its last.
///
/// A session is sans-IO. It does not own its conversation. It takes outgoing messages from there, puts received ones
/// there, and finds there whether this end wants to leave. Its owner, a link, moves the bytes and orders the end:
///
/// ```
///   advance ▸ bytesToSend ▸ (channel) ▸ sent ▸ … ▸ owesEnd ▸ (channel announces the end, kernel has it all) ▸ endSent
/// ```
///
/// An empty outbox does not mean that everything is sent, because a channel may still hold bytes. So the link reports
/// the end with ``endSent(_:now:)``, once the lowest layer has handed over everything and announced the end.
public protocol Session: Sendable {
  /// Whether the conversation can go on with another session where this one has ended. False while it goes on.
  var resumes: Bool { get }
  /// Whether a message that left the outbox is one that the peer has, rather than one that the kernel took.
  var acknowledges: Bool { get }

  /// Reads the conversation's wish. The link calls it in each turn before it asks for bytes to send.
  mutating func advance(_ conversation: inout Conversation, now: Instant)

  /// Bytes for the channel, in order; empty when nothing waits. A change of the conversation copies the bytes if the
  /// slice is still held.
  func bytesToSend(of conversation: borrowing Conversation) -> ArraySlice<UInt8>

  /// Notes that the channel took the first `count` bytes of ``bytesToSend(of:)``.
  mutating func sent(_ count: Int, _ conversation: inout Conversation, now: Instant)

  /// Whether the channel is to announce this end, behind the bytes that it still holds.
  func owesEnd(of conversation: borrowing Conversation) -> Bool

  /// Notes that the channel has handed over everything, this end included.
  mutating func endSent(_ conversation: inout Conversation, now: Instant)

  /// Whether the channel is to be read.
  var wantsToReceive: Bool { get }

  /// Takes bytes from the channel, and puts the messages they complete into the conversation's inbox.
  mutating func received(_ bytes: ArraySlice<UInt8>, _ conversation: inout Conversation, now: Instant)

  /// Whether received bytes wait here for room in the inbox. Nothing that comes from the link wakes the loop for them,
  /// and the channel is not to be read before they are taken.
  var hasReceivedMore: Bool { get }

  /// Takes those bytes, as far as the inbox has room. The link calls it before it reads.
  mutating func receiveMore(_ conversation: inout Conversation, now: Instant)

  /// Notes that the peer sends no more.
  /// - Parameter announced: whether the peer announced its end on the channel, rather than only on the socket. A clear
  ///   channel cannot, so there every end counts as announced.
  mutating func receivedEnd(announced: Bool, _ conversation: inout Conversation, now: Instant)

  /// Notes that the link takes no more bytes. Bytes that the peer sent before may still be read.
  mutating func sendFailed(_ conversation: inout Conversation, now: Instant)

  /// Notes that both directions of the link are over.
  /// - Parameter failed: whether the link was reset or lost, rather than closed by the peer.
  mutating func linkOver(failed: Bool, _ conversation: inout Conversation, now: Instant)

  /// The instant at which ``deadlinePassed(_:now:)`` is due; nil when nothing is waited for.
  var deadline: Instant? { get }

  /// Notes that the time of ``deadline`` has come.
  /// - Parameter unread: whether bytes of the peer wait to be read, which shows that it lives.
  mutating func deadlinePassed(_ conversation: inout Conversation, unread: Bool, now: Instant)

  /// Asks the peer for a sign of life, because the link may be gone. A session that cannot ignores it.
  mutating func probe(now: Instant)

  /// Whether the peer has announced its end.
  var peerHasEnded: Bool { get }
  /// Whether the peer ended before this end had begun to.
  var peerLeftFirst: Bool { get }
  /// The way it ended; nil while it goes on. It is set once and never changes.
  var ending: SessionEnding? { get }
}
