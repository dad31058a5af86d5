/// How far the peer's messages are here, for each of its incarnations: received, and committed. It drops what came
/// before, so that no message is here twice.
///
/// An entry is never dropped, because a message of any incarnation may come again.
struct PeerMessages: Hashable, Sendable {
  /// The highest number that is committed, for each incarnation.
  private(set) var committed: [Incarnation: UInt64]
  /// The same for what is received and not committed yet.
  private var received: [Incarnation: UInt64] = [:]
  /// The part of those that was handed to this end's user, and counts as committed once the user has it.
  private var delivered: [Incarnation: UInt64] = [:]
  /// The incarnations whose numbers before the received ones are lost at the peer, and the last number that is. The
  /// store commits it with the rest.
  private(set) var skipped: [Incarnation: UInt64] = [:]

  init(committed: [Incarnation: UInt64]) { self.committed = committed }

  /// The highest number that is committed here; 0 for none.
  func committedNumber(of incarnation: Incarnation) -> UInt64 { committed[incarnation] ?? 0 }

  /// The highest number that was received; 0 for none.
  func receivedNumber(of incarnation: Incarnation) -> UInt64 {
    received[incarnation] ?? committedNumber(of: incarnation)
  }

  /// Whether something of more incarnations may be received before what came is committed.
  var hasRoom: Bool { received.count < Limits.uncommittedIncarnationsHigh }

  /// Takes messages, of which the first may be here already.
  /// - Precondition: none is missing before them.
  mutating func receive(_ first: MessageName, count: Int) {
    let newest = receivedNumber(of: first.incarnation)
    precondition(first.number <= newest + 1)
    let last = first.number + UInt64(count) - 1
    if last > newest { received[first.incarnation] = last }
  }

  /// Goes on at a number, because those before it are lost.
  /// - Returns: how many are lost.
  mutating func skip(to start: MessageName) -> UInt64 {
    let newest = receivedNumber(of: start.incarnation)
    guard start.number > newest + 1 else { return 0 }
    received[start.incarnation] = start.number - 1
    skipped[start.incarnation] = start.number - 1
    return start.number - 1 - newest
  }

  /// Whether something is received and not handed to this end's user.
  var hasUndelivered: Bool { received.contains { delivered[$0.key] != $0.value } }

  /// Everything received is handed to this end's user.
  mutating func deliver() {
    delivered = received
    skipped = [:]
  }

  /// Everything that was delivered is committed.
  mutating func commit() {
    committed.merge(delivered) { $1 }
    received = received.filter { delivered[$0.key] != $0.value }
    delivered = [:]
  }

  /// Forgets what is not committed, because it could not be. The peer sends it again on another link.
  mutating func dropUncommitted() {
    (received, delivered) = ([:], [:])
    skipped = [:]
  }
}
