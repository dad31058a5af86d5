import Basics
import RelayCore
import Sockets

/// The budget of a pair, which its two guests share.
final class SharedBudget {
  var bytes: PairBudget
  /// The rate is used up: neither guest is read until the table resumes the pair.
  var isPaused = false
  /// Whether the second guest is read first when the pair resumes. One who sends much uses up the whole step, so they
  /// take turns.
  var isSecondNext = true
  init(_ bytes: PairBudget) { self.bytes = bytes }
}

// The limits on pairs. If none is set, a pair has no budget, and carrying asks only whether there is one.
extension Worker {
  /// Gives a pair its budget, if its bytes are limited.
  func setBudget(of sender: Guest, _ receiver: Guest) {
    guard let bytes = PairBudget(table.limits, now: now) else { return }
    let budget = receiver.budget ?? SharedBudget(bytes)
    (sender.budget, receiver.budget) = (budget, budget)
  }

  /// A pair has used up its rate: its guests are not read until there is an allowance again. Their bytes
  /// wait in the kernel meanwhile, which holds up the sender.
  func pause(_ guest: Guest, _ budget: SharedBudget) {
    counters.ratePauses.add(1)
    budget.isPaused = true
    table.pause(guest.slot, until: budget.bytes.resumesAt)
  }

  /// Goes on with a pair that was paused.
  func resume(_ pair: GuestTable.PairFacts) {
    guard let budget = guests[pair.first]?.budget else { return }
    budget.isPaused = false
    let order = budget.isSecondNext ? [pair.second, pair.first] : [pair.first, pair.second]
    budget.isSecondNext.toggle()
    for slot in order {
      if let guest = guests[slot], !guest.isReleased, guest.isReadable { pump(guest) }
    }
  }

  func countCarried(_ pair: GuestTable.PairFacts) {
    guard let first = guests[pair.first], let second = guests[pair.second] else { return }
    let bytes = first.carriedBytes + second.carriedBytes
    withTable { $0.carried(bytes, by: pair, now: now, &$1) }
  }

  /// A pair has carried more than it may.
  func endExceeded(_ guest: Guest) { withTable { $0.end(guest.slot, .tooManyBytes, now: now, &$1) } }
}
