/// How things stand between the two, in as few words as a prompt has room for.
enum PromptState: Equatable {
  /// Nobody is there, and somebody is waited for.
  case alone
  case connecting
  /// - unsent: messages that are not on their way yet.
  case connected(peer: String, unsent: Int)
  case leaving
}
