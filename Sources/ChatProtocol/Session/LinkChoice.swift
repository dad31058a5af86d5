/// The choice among the links of one conversation, whose peer is the same at all of them: which one is used, and what
/// becomes of the others.
///
/// Both ends dial, a link dies unnoticed at one end, a store is copied to a second machine: so several links can reach
/// this end at once. Both ends of a link judge it once both greetings are known, each for itself.
///
/// ```
///   the same opening of the peer     the newer generation is used at once; the older is ignored
///   an opening that is new here      it is used, and the one that was linked is told `takenOver`
///   an earlier one comes back        it is told `takenOver` while a newer one is linked, and is used while none is
/// ```
///
/// The generation is that of the end that leads. It rises with every greeting of that end, so two links of the same two
/// openings never have the same. The order of openings is the one in which they came, because only that is the same
/// again when bytes of an ended process come late: those must not take a link from the process that followed.
///
/// No safety rests on this choice. A wrong one costs a new link.
public struct LinkChoice: Hashable, Sendable {
  /// The facts about a link that decide: what the greetings said, and which end leads.
  public struct Names: Hashable, Sendable {
    /// The opening at the other end.
    public let peer: Incarnation
    /// The number of the link among those of the opening that leads.
    public let generation: UInt64

    /// The end with the lower key leads; where both ends have one key, that with the lower incarnation.
    /// - Parameters:
    ///   - own: the greeting that this end sent on the link.
    ///   - ownKey: the fingerprint of this end.
    ///   - peer: the greeting that came.
    ///   - peerKey: the fingerprint of the peer.
    public init<Key: Comparable>(own: Greeting, ownKey: Key, peer: Greeting, peerKey: Key) {
      self.peer = peer.incarnation
      let leads = (ownKey, own.incarnation) < (peerKey, peer.incarnation)
      generation = leads ? own.generation : peer.generation
    }
  }

  /// The fate of a link.
  public enum Verdict: Hashable, Sendable {
    /// It is used. Another one of the same opening is closed.
    case use
    /// It is used. The one that was linked belongs to another opening, which is told ``Goodbye/Reason/takenOver``.
    case useInstead
    /// It is closed with ``Goodbye/Reason/olderGeneration``, because a newer one of the same opening came before.
    case older
    /// It is closed with ``Goodbye/Reason/takenOver``, because a newer opening is linked.
    case takenOver
  }

  /// The link that was used last, up or not.
  private var last: Names?
  /// The openings of the peer, in the order in which they came. The oldest are forgotten.
  private var openings: [Incarnation] = []

  /// A choice before the first link.
  public init() {}

  /// Judges a link whose greetings are known.
  /// - Parameter isLinked: whether the link that was used last is still up, as far as this end knows.
  public mutating func judge(_ link: Names, isLinked: Bool) -> Verdict {
    guard let last, last.peer == link.peer else { return judgeOpening(link, isLinked: isLinked) }
    guard link.generation > last.generation else { return .older }
    self.last = link
    return .use
  }

  private mutating func judgeOpening(_ link: Names, isLinked: Bool) -> Verdict {
    let rank = openings.firstIndex(of: link.peer)
    if isLinked, let rank, let present = last.flatMap({ openings.firstIndex(of: $0.peer) }), rank < present {
      return .takenOver
    }
    if rank == nil { openings = openings.suffix(Limits.openingsKnownMax - 1) + [link.peer] }
    last = link
    return isLinked ? .useInstead : .use
  }
}
