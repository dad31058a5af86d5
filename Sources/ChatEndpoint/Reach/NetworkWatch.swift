import Basics
import Sockets

/// Notices that links which look alive may be dead: the machine has slept, or its addresses or routes have changed.
///
/// On a system without such reports nothing is noticed, and silence alone shows that a link is dead.
@MainActor
final class NetworkWatch {
  private var suspension = try? SuspensionWatch()
  private var changes = try? NetworkChanges()
  /// Until when reports of changes are left where they are. A machine that joins a network gives some in a row, and
  /// some machines give them without end; each look at a link costs a round trip.
  private var quietUntil: Instant?
  static let quietTime = Duration.seconds(1)

  /// When ``step(_:now:)`` is due, because there may be reports that were left.
  var deadline: Instant? { quietUntil }

  func watch(in set: inout PollSet) {
    if let number = suspension?.number { set.watch(number, for: .reading) }
    if quietUntil == nil, let number = changes?.number { set.watch(number, for: .reading) }
  }

  /// Takes what was reported.
  /// - Returns: whether links are to be looked at.
  func step(_ set: borrowing PollSet, now: Instant) -> Bool {
    if let until = quietUntil, until <= now { quietUntil = nil }
    var isNoted = false
    if let number = suspension?.number, set.readiness(of: number).contains(.readable) {
      isNoted = suspension?.takeSuspension() ?? false
    }
    if let number = changes?.number, set.readiness(of: number).contains(.readable), changes?.take() ?? false {
      quietUntil = now + NetworkWatch.quietTime
      isNoted = true
    }
    return isNoted
  }
}
