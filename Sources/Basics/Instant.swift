/// A point in time on the endpoint's monotonic clock. The protocol is told what time it is; it never asks.
public struct Instant: Comparable, Hashable, Sendable {
  /// Time since a fixed point in the past; only differences mean something.
  public let sinceOrigin: Duration

  public init(sinceOrigin: Duration) { self.sinceOrigin = sinceOrigin }

  public static func + (instant: Instant, delay: Duration) -> Instant {
    Instant(sinceOrigin: instant.sinceOrigin + delay)
  }

  public static func - (later: Instant, earlier: Instant) -> Duration { later.sinceOrigin - earlier.sinceOrigin }

  public static func < (left: Instant, right: Instant) -> Bool { left.sinceOrigin < right.sinceOrigin }
}
