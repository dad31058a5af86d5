/// The state that the prompt shows.
enum PromptState: Equatable {
  /// This end waits for a peer.
  /// - unsent: the number of accepted messages that wait for that peer.
  case alone(unsent: Int = 0)
  /// The person is to type the pairing code.
  case askingCode
  /// This end dials.
  /// - unsent: as in ``alone(unsent:)``.
  case connecting(unsent: Int = 0)
  /// A link is up.
  /// - unsent: the number of accepted messages that are not retired.
  /// - silent: for how many seconds nothing has come from a peer that ought to send something; 0 if that is not long.
  case connected(unsent: Int, LinkSecurity, silent: Int = 0)
  /// The link is gone, and the next one of the same conversation is sought.
  /// - unsent: as in ``connected(unsent:_:silent:)``.
  case interrupted(unsent: Int)
  /// The link is gone, and this end does not look for another, because another program has the conversation.
  /// - unsent: as in ``connected(unsent:_:silent:)``.
  case parked(unsent: Int)
  /// This end leaves.
  case leaving
}

extension PromptState {
  /// A silence is shown from this many seconds on. A peer of a framed session sends something every 15 seconds.
  static let silenceShownFrom = 20

  /// The prompt for this state. In a conversation it is this end's own name: with the peer's the draft would look like
  /// something that the peer says.
  /// - Parameter name: this end's name, escaped.
  func prompt(name: String) -> String {
    switch self {
    case .alone(let unsent): return PromptState.prompt("nobody there", unsent)
    case .connecting(let unsent): return PromptState.prompt("connecting", unsent)
    case .askingCode: return "(code)> "
    case .leaving: return "(leaving)> "
    case .connected(let unsent, let security, let silent):
      let remarks = (unsent > 0 ? ["\(unsent) unsent"] : []) + (silent > 0 ? ["silent \(silent) s"] : [])
      let mark = "\(security.promptMark)\(name)"
      return remarks.isEmpty ? "\(mark)> " : "\(mark) (\(remarks.joined(separator: ", ")))> "
    case .parked(let unsent): return PromptState.prompt("taken over", unsent)
    case .interrupted(let unsent): return PromptState.prompt("reconnecting", unsent)
    }
  }
}

extension PromptState {
  private static func prompt(_ word: String, _ unsent: Int) -> String {
    unsent > 0 ? "(\(word), \(unsent) unsent)> " : "(\(word))> "
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
