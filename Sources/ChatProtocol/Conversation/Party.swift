/// The user of one end of a conversation. It decides what the peer's end means there, and how long this end waits.
public enum Party: Hashable, Sendable {
  /// Somebody at a keyboard. The peer's end is a goodbye, and this end replies with its own.
  case person
  /// A file or a pipe. The peer may merely have had less to send, so this end goes on until its input has ended.
  /// - Parameter stays: whether it receives after its last line until the peer leaves, however long that takes.
  case batch(stays: Bool)
}
