import Basics
import ChatProtocol
import Synchronization

/// A number one thread changes and others read. Not a read-modify-write: with one writer a plain load and store are
/// enough, and cost what they would without sharing.
final class Tally: Sendable {
  private let number = Atomic<Int>(0)
  var value: Int { number.load(ordering: .relaxed) }
  func add(_ amount: Int) { set(value &+ amount) }
  func set(_ new: Int) { number.store(new, ordering: .relaxed) }
}

/// The work of one thread, for the metrics. That thread alone writes it.
final class Counters: Sendable {
  let accepted = Tally()
  let plainAccepted = Tally()
  let pairsOpened = Tally()
  let pairsEndedByGoodbye = Tally()
  let pairsEndedByBreak = Tally()
  let bytes = Tally()
  /// How often a guest took bytes more slowly than its partner sent them.
  let stalls = Tally()
  /// Bytes that wait for slow guests now.
  let parkedBytes = Tally()
  /// The memory these take.
  let parkedMemory = Tally()
  /// Refused guests that are not closed yet.
  let refusedLingering = Tally()
  /// How often accepting failed and was paused.
  let acceptPauses = Tally()
  /// 1 while accepting is paused.
  let notAccepting = Tally()
  /// Pings of the watchdog that were answered.
  let pingsAnswered = Tally()
  private let refusals = Refusal.allCases.map { _ in Tally() }

  func refusals(_ refusal: Refusal) -> Tally { refusals[Refusal.allCases.firstIndex(of: refusal)!] }
}
