/// How a link is protected, and who vouches for the peer.
enum LinkSecurity: Equatable {
  /// Not at all.
  case plain
  /// It is encrypted, and nobody vouches for the peer.
  case open
  /// It is encrypted, and the two have just met by a code.
  /// - name: the peer's name here from now on; nil if nothing is remembered.
  case paired(name: String?)
  /// It is encrypted, and the peer's key is the pinned one.
  /// - name: the peer's name here.
  case known(name: String)

  /// The word for programs.
  var word: String {
    switch self {
    case .plain: "plain"
    case .open: "open"
    case .paired: "paired"
    case .known: "known"
    }
  }

  /// Whether the peer is one that the store knows.
  var isOfKnownPeer: Bool {
    switch self {
    case .known, .paired(_?): true
    case .plain, .open, .paired(nil): false
    }
  }

  /// Whether the link is encrypted.
  var isEncrypted: Bool { self != .plain }
}
