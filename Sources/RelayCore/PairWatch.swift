import Basics

/// How long a pair may go on: the times of ``PairLimits``.
///
/// It is asked at its ``deadline``, and told then how much the pair has carried. So carrying costs nothing for it. An
/// idle pair is found out by a count that stands still, checked eight times as often as the limit is long; so it is
/// ended an eighth too late at the most.
struct PairWatch: Sendable {
  private let limits: PairLimits
  private let opened: Instant
  private var carried = 0
  /// The time at which the count was last seen to have changed, and when it was checked.
  private var activeAt: Instant
  private var checkedAt: Instant
  private var halfClosedAt: Instant?

  private static let idleChecks = 8

  /// - Returns: nil when no time is limited.
  init?(_ limits: PairLimits, opened: Instant) {
    guard limits.idle != nil || limits.halfClosed != nil || limits.length != nil else { return nil }
    self.limits = limits
    self.opened = opened
    (activeAt, checkedAt) = (opened, opened)
  }

  /// The time at which ``check(carried:now:)`` is due; nil while no limit can be met.
  var deadline: Instant? {
    let idleCheck = limits.idle.map { min(checkedAt + $0 / PairWatch.idleChecks, activeAt + $0) }
    return nearest(nearest(limits.length.map { opened + $0 }, halfClosedUntil), idleCheck)
  }

  private var halfClosedUntil: Instant? {
    guard let halfClosedAt else { return nil }
    return limits.halfClosed.map { halfClosedAt + $0 }
  }

  /// One guest announced its end, and the other goes on.
  mutating func halfClosed(now: Instant) { halfClosedAt = halfClosedAt ?? now }

  /// The limit that is met, if one is.
  /// - Parameter carried: bytes that the pair has carried so far.
  mutating func check(carried: Int, now: Instant) -> PairOutcome? {
    if carried != self.carried { activeAt = now }
    self.carried = carried
    checkedAt = now
    if let length = limits.length, now - opened >= length { return .tooLong }
    if let until = halfClosedUntil, until <= now { return .halfClosed }
    if let idle = limits.idle, now - activeAt >= idle { return .idle }
    return nil
  }
}
