import ChatProtocol

/// A message in the history.
public struct HistoryEntry: Equatable, Sendable {
  /// The fingerprint of the peer.
  public let peer: [UInt8]
  /// Whether it was written here.
  public let isOwn: Bool
  /// Its name.
  public let name: MessageName
  /// When it was accepted or received here, in seconds since 1970-01-01 UTC.
  public let time: Int
  /// When the peer wrote it, in seconds since 1970-01-01 UTC; 0 if it was sent as it was written.
  public let writtenAt: Int
  /// Whether the peer has not acknowledged it. No message of the peer waits.
  public let isWaiting: Bool
  /// Whether it was taken back before it was sent.
  public let isWithdrawn: Bool
  /// Its text: what the peer sent, not necessarily UTF-8.
  public let text: [UInt8]
  /// Its place among the messages of both directions.
  let position: Int
  /// Its place among those of its own direction.
  let id: Int

  init(_ message: StoredMessage, as name: MessageName, of direction: Direction, peer: [UInt8], isWaiting: Bool) {
    self.peer = peer
    isOwn = direction.isOwn
    self.name = name
    time = message.time
    writtenAt = message.writtenAt
    self.isWaiting = isWaiting
    isWithdrawn = message.flags.contains(.withdrawn)
    text = Array(message.text)
    position = message.position
    id = message.id
  }
}
