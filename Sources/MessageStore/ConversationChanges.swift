import ChatProtocol

/// The changes that one turn makes in a conversation. They are committed as a whole.
public struct ConversationChanges: Sendable {
  /// When the turn is, in seconds since 1970-01-01 UTC.
  public let now: Int
  /// Messages that were accepted here, in the order in which they were written.
  public var accepted: [MessageBatch] = []
  /// The ids that programs gave accepted messages.
  public var callerIDs: [MessageName: CallerID] = [:]
  /// The highest number that the peer has acknowledged, for incarnations of this end.
  public var acknowledged: [Incarnation: UInt64] = [:]
  /// Messages of the peer, in the order in which they came.
  public var received: [MessageBatch] = []
  /// The last number that the peer no longer has, for incarnations of the peer: what comes goes on behind it.
  public var skipped: [Incarnation: UInt64] = [:]
  /// Messages of this end that are taken back. They keep their names and lose their texts.
  public var withdrawn: [MessageName] = []
  /// Messages of the peer that were shown. Those that came while no history was kept are deleted.
  public var shown: [MessageRun] = []

  /// No change.
  public init(now: Int) { self.now = now }

  /// Whether there is nothing to commit.
  public var isEmpty: Bool {
    accepted.isEmpty && acknowledged.isEmpty && received.isEmpty && skipped.isEmpty && withdrawn.isEmpty
      && shown.isEmpty
  }
}
