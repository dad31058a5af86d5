import ChatProtocol

/// Messages of one incarnation with consecutive numbers, written in the same second.
public struct MessageBatch: Hashable, Sendable {
  /// The name of the first one.
  public let first: MessageName
  /// How many they are.
  public let count: Int
  /// When they were written, in seconds since 1970-01-01 UTC; 0 for messages that were sent as they were written.
  public let writtenAt: Int
  /// Whether it is one message that was taken back: a name without a text.
  public let isWithdrawn: Bool
  /// Their texts, each ended by a line feed. NUL stands for a line end within one.
  public let lines: ArraySlice<UInt8>

  /// - Precondition: at least one message, and as many line feeds as messages; a withdrawn one is alone.
  public init(
    first: MessageName, count: Int, writtenAt: Int, isWithdrawn: Bool = false, lines: ArraySlice<UInt8>
  ) {
    precondition(count > 0 && (!isWithdrawn || count == 1))
    self.first = first
    self.count = count
    self.writtenAt = writtenAt
    self.isWithdrawn = isWithdrawn
    self.lines = lines
  }
}

/// What one turn changes in a conversation. It is committed as a whole.
public struct ConversationChanges: Sendable {
  /// When the turn is, in seconds since 1970-01-01 UTC.
  public let now: Int
  /// Messages that were accepted here, in the order in which they were written.
  public var accepted: [MessageBatch] = []
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
