import Basics
import RelayCore
import Sockets
import Synchronization

// The journal and the metrics.
extension Worker {
  /// Writes into the journal and the metrics what happened.
  func record(_ action: GuestTable.Action) {
    switch action {
    case .refused(let slot, let refusal):
      counters.refusals(refusal).add(1)
      if policy.verbosity > 0, let guest = guests[slot] { context.journal.add(.refused(guest.link.address, refusal)) }
    case .vanished(let slot):
      if policy.verbosity > 0, let guest = guests[slot] { context.journal.add(.vanished(guest.link.address)) }
    case .pairOpened(let pair, let waited): recordOpened(pair, waited)
    case .pairEnded(let pair, let outcome, let length): recordEnded(pair, outcome, length)
    case .send, .carry, .stopCarrying, .announceEnd, .countUnacknowledged, .countCarried, .resume, .close: break
    }
  }

  private func recordOpened(_ pair: GuestTable.PairFacts, _ waited: Duration) {
    counters.pairsOpened.add(1)
    counters.waits.add(waited)
    guard let first = guests[pair.first], let second = guests[pair.second] else { return }
    first.pairNumber = context.pairsNumbered.add(1, ordering: .relaxed).newValue
    second.pairNumber = first.pairNumber
    if policy.verbosity > 0 {
      context.journal.add(
        .pairJoined(first.pairNumber, first: first.link.address, second: second.link.address))
    }
  }

  private func recordEnded(_ pair: GuestTable.PairFacts, _ outcome: PairOutcome, _ length: Duration) {
    counters.pairsEnded(outcome).add(1)
    counters.lengths.add(length)
    guard policy.verbosity >= 0, let first = guests[pair.first], let second = guests[pair.second] else { return }
    context.journal.add(
      .pairEnded(
        PairRecord(
          number: first.pairNumber, outcome: outcome, length: length, ended: .now,
          first: .init(address: first.link.address, bytes: first.carriedBytes),
          second: .init(address: second.link.address, bytes: second.carriedBytes))))
  }
}
