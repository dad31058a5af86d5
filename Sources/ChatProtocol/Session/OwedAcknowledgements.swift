/// The acknowledgements that a session owes its peer: of which incarnations messages came on this link, and how far
/// each was acknowledged.
///
/// A peer that reads nothing and names many incarnations must cost no time, so they are found by hashing.
struct OwedAcknowledgements: Hashable, Sendable {
  /// The incarnations of which something is owed, in the order in which they came.
  private var owed: [Incarnation] = []
  private var isOwed: Set<Incarnation> = []
  /// The numbers that were acknowledged on this link.
  private var acknowledged: [Incarnation: UInt64] = [:]

  /// Notes that messages of an incarnation came.
  mutating func add(_ incarnation: Incarnation) {
    if isOwed.insert(incarnation).inserted { owed.append(incarnation) }
  }

  /// The acknowledgements that are due now, as more is committed than was acknowledged.
  mutating func takeDue(_ peers: PeerMessages) -> [Resumption.Entry] {
    var due: [Resumption.Entry] = []
    owed.removeAll { incarnation in
      let committed = peers.committedNumber(of: incarnation)
      if committed > acknowledged[incarnation] ?? 0 {
        acknowledged[incarnation] = committed
        due.append(Resumption.Entry(incarnation: incarnation, number: committed))
      }
      let isDone = committed == peers.receivedNumber(of: incarnation)
      if isDone { isOwed.remove(incarnation) }
      return isDone
    }
    return due
  }
}
