/// The share of a relay that one pair may take. Every limit is off unless an operator sets it. A pair keeps the limits
/// that held when it was joined.
///
/// After PAIRED the relay has no words, so the guests of a pair that meets a limit see a reset. The rate alone cuts
/// nothing: above it the guests are read more slowly.
public struct PairLimits: Equatable, Sendable {
  /// Bytes a second, both directions together; 0 is no limit.
  public var bytesPerSecond: Int
  /// Bytes in all, both directions together; 0 is no limit.
  public var bytes: Int
  /// How long nothing may be carried; nil is no limit.
  public var idle: Duration?
  /// How long one guest may go on after the other announced its end; nil is no limit.
  public var halfClosed: Duration?
  /// How long a pair may last; nil is no limit.
  public var length: Duration?

  /// All limits; none by default.
  public init(
    bytesPerSecond: Int = 0, bytes: Int = 0, idle: Duration? = nil, halfClosed: Duration? = nil, length: Duration? = nil
  ) {
    self.bytesPerSecond = bytesPerSecond
    self.bytes = bytes
    self.idle = idle
    self.halfClosed = halfClosed
    self.length = length
  }
}
