/// The state that the prompt shows.
enum PromptState: Equatable {
  /// This end waits for a peer.
  case alone
  /// The person is to type the pairing code.
  case askingCode
  /// This end dials.
  case connecting
  /// A link is up.
  /// - unsent: the number of accepted messages that the kernel has not taken.
  case connected(peer: String, unsent: Int)
  /// This end leaves.
  case leaving
}
