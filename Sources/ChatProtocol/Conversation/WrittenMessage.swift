/// A message of this end, as it goes into a store and comes out of it.
public struct WrittenMessage: Hashable, Sendable {
  public let name: MessageName
  /// When it was written, in seconds since 1970-01-01 UTC.
  public let writtenAt: Int
  /// Its text, without a line feed at the end; nil if it was taken back before it was sent.
  public let text: [UInt8]?

  public init(name: MessageName, writtenAt: Int, text: [UInt8]?) {
    self.name = name
    self.writtenAt = writtenAt
    self.text = text
  }
}
