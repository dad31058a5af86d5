/// The part of a conversation that a store keeps between two openings: what was written here and how much of it the
/// peer has, and how much of the peer's is here. Texts are not in it.
public struct ConversationRecord: Hashable, Sendable {
  /// The messages of this end whose text is kept, in the order in which they were written. A message that is not
  /// acknowledged is always among them; an acknowledged one is if the history keeps it.
  public var written: [MessageRun] = []
  /// The highest number that the peer has acknowledged, for each incarnation of this end; absent for none.
  public var acknowledged: [Incarnation: UInt64] = [:]
  /// The newest message that is acknowledged: the newest as written, not the one acknowledged last. It is kept when
  /// the text is not.
  public var newestAcknowledged: MessageName?
  /// The messages of this end that were taken back and that the peer has not acknowledged.
  public var withdrawn: [MessageName] = []
  /// The highest number that is committed here, for each incarnation of the peer. No entry is ever dropped.
  public var committed: [Incarnation: UInt64] = [:]

  /// The record of two who never spoke.
  public init() {}
}
