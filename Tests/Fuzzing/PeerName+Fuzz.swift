@testable import MessageStore

extension FuzzTarget {
  /// The name that a peer proposes for itself. It is the one text of a peer that goes into the store.
  static let peerName = FuzzTarget(
    name: "peer-name",
    words: [
      "Zoë", "\u{1B}[2J", "../", "--help", "-2", "\u{202E}", "e\u{301}", "\u{1F469}\u{200D}\u{1F467}", "ﬁ", "\u{0}",
    ]
  ) { input in
    let proposed = String(decoding: input, as: UTF8.self)
    let name = PeerName(reducing: proposed)
    try requireEqual(PeerName(name.description), name, "a reduced name read again")
    try requireEqual(PeerName(reducing: name.description), name, "a name reduced twice")
    if let same = PeerName(proposed), !proposed.hasSuffix("-") {
      try requireEqual(name, same, "a name that needs no change")
    }
    for number in [2, 10, Int.max] {
      let numbered = name.numbered(number)
      try requireEqual(PeerName(numbered.description), numbered, "a numbered name")
      try require(numbered.description.hasSuffix("-\(number)"), "\(numbered) lost its number")
    }
  }
}
