/// A point in time on a clock that never jumps: an endpoint's goes on while the machine sleeps, a relay's does not. The
/// protocol receives the time as an argument and never reads a clock.
public struct Instant: Comparable, Hashable, Sendable {
  /// The time since a fixed point in the past. Only differences mean something.
  public let sinceOrigin: Duration

  /// The point that lies `sinceOrigin` after the clock's origin.
  public init(sinceOrigin: Duration) { self.sinceOrigin = sinceOrigin }

  /// The point that lies `delay` after `instant`.
  public static func + (instant: Instant, delay: Duration) -> Instant {
    Instant(sinceOrigin: instant.sinceOrigin + delay)
  }

  /// The time from `earlier` to `later`; negative if they stand in the other order.
  public static func - (later: Instant, earlier: Instant) -> Duration { later.sinceOrigin - earlier.sinceOrigin }

  /// Whether `left` lies before `right`.
  public static func < (left: Instant, right: Instant) -> Bool { left.sinceOrigin < right.sinceOrigin }
}
