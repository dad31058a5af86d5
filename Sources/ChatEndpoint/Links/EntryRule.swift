import ChatProtocol
import PeerSecurity

/// The rule that says which peers this end lets in now. It is asked twice for each encrypted link: when the peer's key
/// is known, and when both have greeted.
///
/// A conversation that goes on has room for its own peer only. If that one comes again, ``LinkChoice`` decides between
/// the two links: nobody is to wait until a dead link is noticed.
enum EntryRule {
  /// No conversation goes on.
  case anybody
  /// A conversation goes on.
  /// - choice: the links of it so far.
  /// - isLinked: whether the last one is up.
  /// - orOthers: whether it was interrupted for so long that its place is free.
  case only(Fingerprint, LinkChoice, isLinked: Bool, orOthers: Bool)
  case nobody

  /// Why the owner of a key is refused; nil if it is not. A foreign program may have no key.
  func refusal(of key: Fingerprint?) -> EntryFailure? {
    switch self {
    case .anybody, .only(_, _, _, orOthers: true): nil
    case .only(let peer, _, _, orOthers: false): peer == key ? nil : .busyHere
    case .nobody: .busyHere
    }
  }

  /// Why a link is refused on which both have greeted; nil if it is not.
  /// - Parameter key: the fingerprint of the peer.
  func refusal(of key: Fingerprint, _ link: LinkChoice.Names) -> EntryFailure? {
    if let failure = refusal(of: key) { return failure }
    guard case .only(let peer, var choice, let isLinked, _) = self, peer == key else { return nil }
    return switch choice.judge(link, isLinked: isLinked) {
    case .use, .useInstead: nil
    case .older: .otherLink(.olderGeneration)
    case .takenOver: .otherLink(.takenOver)
    }
  }
}
