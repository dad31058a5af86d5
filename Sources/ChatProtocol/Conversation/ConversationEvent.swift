/// Something that this end's user is to know of a conversation that resumes.
public enum ConversationEvent: Hashable, Sendable {
  /// Both ends know what the peer has, and messages go out.
  case resumed
  /// The peer lacks messages that it had acknowledged: its store is lost, older than it was, or a copy. They are sent
  /// again.
  case repeating(count: Int)
  /// The same, and they are too many to be sent unasked: the key alone, in the wrong hands, must not read the whole
  /// past. Nothing is sent before this end's person has decided.
  case repeatNeedsConsent(count: Int)
  /// Messages of the peer are lost: it does not have their texts any more.
  case peerLost(count: UInt64)
  /// The peer has messages of this end that are not in its store: the store is older than it was, or a copy.
  case ownStoreIsOlder
}
