/// Who is at an end of a conversation. It decides what the peer's end means there, and how long that end waits.
public enum Party: Equatable, Sendable {
  /// Somebody at a keyboard. The peer's end is a goodbye, and is answered with one.
  case person
  /// A program's input: a file or a pipe. It goes on until that input has ended, because the peer may just have had less
  /// to say.
  /// - stays: after the last line, receive until the peer leaves, however long that takes.
  case batch(stays: Bool)
}
