import Basics

/// The bytes that a pair may still carry: the rate and the sum of ``PairLimits``.
///
/// The rate is bounded by the generic cell rate algorithm (ITU-T I.371). It is a token bucket kept as one instant: the
/// time at which the pair would have used up what it may. A second's worth may come at once.
public struct PairBudget: Sendable {
  private let bytesPerSecond: Int
  /// Bytes that may still come; below 0 there were too many.
  private var left: Int
  /// The time at which what was used is forgotten again.
  private var clearAt: Instant
  private static let burst = Duration.seconds(1)
  /// A pair that used up its second goes on with this part of one, so that it is not woken for single bytes.
  private static let step = Duration.milliseconds(100)

  /// - Returns: nil when neither the rate nor the sum is limited.
  public init?(_ limits: PairLimits, now: Instant) {
    guard limits.bytesPerSecond > 0 || limits.bytes > 0 else { return nil }
    bytesPerSecond = limits.bytesPerSecond
    left = limits.bytes > 0 ? limits.bytes : .max - 1
    clearAt = now
  }

  /// Whether the pair carried more than it may.
  public var isExceeded: Bool { left < 0 }

  /// The bytes that may be read now; 0 until ``resumesAt``. One more than the sum allows, so that a pair that needs it
  /// exactly can end in good order.
  public func allowance(now: Instant) -> Int {
    guard bytesPerSecond > 0 else { return left + 1 }
    let unused = PairBudget.burst - max(.zero, clearAt - now)
    return min(left + 1, max(0, Int(unused / .nanoseconds(1) * Double(bytesPerSecond) / 1e9)))
  }

  /// The time at which there is an allowance again: a step's worth, or one byte where that takes longer.
  public var resumesAt: Instant {
    clearAt + max(PairBudget.step, time(of: 1)) + Duration.milliseconds(1) + (.zero - PairBudget.burst)
  }

  /// Takes note of bytes that were carried.
  public mutating func spend(_ count: Int, now: Instant) {
    left = left > .max / 2 ? left : left - count
    if bytesPerSecond > 0 { clearAt = max(clearAt, now) + time(of: count) }
  }

  private func time(of count: Int) -> Duration { Duration.seconds(count) / max(1, bytesPerSecond) }
}
