/// Messages of one incarnation with consecutive numbers, written in the same second: as a store takes them, and as it
/// gives them back.
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

  /// Their names.
  public var run: MessageRun { MessageRun(first.incarnation, first: first.number, count: UInt64(count)) }
}
