import Basics
import ChatProtocol
import RelayCore
import Sockets
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
  let bytes = Tally()
  /// How often a guest took bytes more slowly than its partner sent them.
  let stalls = Tally()
  /// Bytes that wait for slow guests now.
  let parkedBytes = Tally()
  /// The memory these take.
  let parkedMemory = Tally()
  /// Guests of this thread.
  let guests = Tally()
  /// Refused guests that are not closed yet.
  let refusedLingering = Tally()
  /// How often accepting failed and was paused.
  let acceptPauses = Tally()
  /// 1 while accepting is paused.
  let notAccepting = Tally()
  /// Pings of the watchdog that were answered.
  let pingsAnswered = Tally()
  /// How often a pair was read more slowly because of its rate.
  let ratePauses = Tally()
  /// How long the first guest of a pair was alone, and how long pairs lasted.
  let waits = Histogram(bounds: [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400])
  let lengths = Histogram(bounds: [1, 10, 60, 300, 900, 3600, 14_400, 86_400, 604_800])
  private let clock = Lock<(clock: ThreadClock?, seconds: Double)>((nil, 0))
  private let ends = PairOutcome.allCases.map { _ in Tally() }
  private let refusals = Refusal.allCases.map { _ in Tally() }

  /// The calling thread is the one that is counted for.
  func adoptThread() {
    let clock = ThreadClock()
    self.clock.withLock { $0.clock = clock }
  }

  /// Processor time of that thread, in seconds; at the end, the last that was read.
  var processorTime: Double {
    clock.withLock {
      $0.seconds = $0.clock?.seconds ?? $0.seconds
      return $0.seconds
    }
  }

  func pairsEnded(_ outcome: PairOutcome) -> Tally { ends[PairOutcome.allCases.firstIndex(of: outcome)!] }
  func refusals(_ refusal: Refusal) -> Tally { refusals[Refusal.allCases.firstIndex(of: refusal)!] }
}
