import ChatProtocol
import PeerSecurity

/// The peer of a conversation that goes on, as its newest link shows it.
struct ConversationPeer: Equatable {
  let fingerprint: Fingerprint
  /// Its present opening.
  let incarnation: Incarnation
  /// The number of the newest link, as the end that leads counts them.
  let generation: UInt64

  init(fingerprint: Fingerprint, incarnation: Incarnation, generation: UInt64) {
    (self.fingerprint, self.incarnation, self.generation) = (fingerprint, incarnation, generation)
  }

  /// The peer of a link on which both have greeted.
  /// - Parameters:
  ///   - own: the greeting of this end, with the fingerprint of its key.
  ///   - peer: the same of the other.
  init(own: (key: Fingerprint, greeting: Greeting), peer: (key: Fingerprint, greeting: Greeting)) {
    // Both count their links. The count of one of them decides, the same one at both ends.
    let leads = (own.key, own.greeting.incarnation) < (peer.key, peer.greeting.incarnation)
    self.init(
      fingerprint: peer.key, incarnation: peer.greeting.incarnation,
      generation: leads ? own.greeting.generation : peer.greeting.generation)
  }
}

/// Whom this end lets in now. It is asked twice for each encrypted link: when the peer's key is known, and when both
/// have greeted.
///
/// A conversation that goes on has room for its own peer only. If that one comes again, the newer link takes over at
/// once, because nobody is to wait until a dead link is noticed. Both ends call the same link the newer one, so they
/// settle on one, however many they make at a time. Another opening of the peer has counted nothing in common with this
/// one; it takes over, too.
enum EntryRule: Equatable {
  /// No conversation goes on.
  case anybody
  /// A conversation goes on.
  /// - orOthers: whether it was interrupted for so long that its place is free.
  case only(ConversationPeer, orOthers: Bool)
  case nobody

  /// Why the owner of a key is refused; nil if it is not. A foreign program may have no key.
  func refusal(of fingerprint: Fingerprint?) -> EntryFailure? {
    switch self {
    case .anybody, .only(_, orOthers: true): nil
    case .only(let peer, orOthers: false): peer.fingerprint == fingerprint ? nil : .busyHere
    case .nobody: .busyHere
    }
  }

  /// Why an end is refused that has greeted; nil if it is not.
  func refusal(of comer: ConversationPeer) -> EntryFailure? {
    if let failure = refusal(of: comer.fingerprint) { return failure }
    guard case .only(let peer, _) = self, peer.fingerprint == comer.fingerprint else { return nil }
    return peer.incarnation == comer.incarnation && comer.generation <= peer.generation ? .olderLink : nil
  }
}
