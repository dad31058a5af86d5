/// How a link is protected, and who vouches for the peer.
enum LinkSecurity: Equatable {
  /// Not at all.
  case plain
  /// It is encrypted, and nobody vouches for the peer.
  case open
  /// It is encrypted, and the two have just met by a code.
  /// - name: the peer's name here from now on; nil if nothing is remembered.
  /// - meeting: how the two met.
  case paired(name: String?, Meeting)
  /// It is encrypted, and the peer's key is the pinned one.
  /// - name: the peer's name here.
  case known(name: String)

  /// How two have met, which says how they meet again.
  enum Meeting: Equatable {
    /// This end listened, and does so again with these options of `serve`.
    case listening(options: String)
    /// This end dialled, and the peer listens there with these options of `serve`.
    case dialling(options: String)
    case atRelay
    /// The peer has this end's own key, as it is the same user.
    case withOneself
  }

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
    case .known, .paired(_?, _): true
    case .plain, .open, .paired(nil, _): false
    }
  }

  /// Whether the link is encrypted.
  var isEncrypted: Bool { self != .plain }
}
