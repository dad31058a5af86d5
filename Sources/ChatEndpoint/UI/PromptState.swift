/// The state that the prompt shows.
enum PromptState: Equatable {
  /// This end waits for a peer.
  case alone
  /// The person is to type the pairing code.
  case askingCode
  /// This end dials.
  case connecting
  /// A link is up.
  /// - unsent: the number of accepted messages that are not retired.
  case connected(unsent: Int, LinkSecurity)
  /// This end leaves.
  case leaving
}

extension PromptState {
  /// The prompt for this state. In a conversation it is this end's own name: with the peer's the draft would look like
  /// something that the peer says.
  /// - Parameter name: this end's name, escaped.
  func prompt(name: String) -> String {
    switch self {
    case .alone: "(nobody there)> "
    case .connecting: "(connecting)> "
    case .askingCode: "(code)> "
    case .leaving: "(leaving)> "
    case .connected(unsent: 0, let security): "\(security.promptMark)\(name)> "
    case .connected(let unsent, let security): "\(security.promptMark)\(name) (\(unsent) unsent)> "
    }
  }
}

extension LinkSecurity {
  /// The mark of a link that somebody else may read, before the name; empty for one that is private.
  fileprivate var promptMark: String {
    switch self {
    case .plain: "(plain) "
    case .open: "(open) "
    case .paired, .known: ""
    }
  }
}
