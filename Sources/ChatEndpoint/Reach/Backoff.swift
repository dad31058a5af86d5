/// How long something that failed is left alone before it is tried again: doubled each time up to a longest, and each time a
/// random part of that, so that a thousand endpoints do not come back in the same instant ("full jitter" keeps more of the
/// spread, but a first retry of nothing is no pause: so half of the delay is fixed).
struct Backoff: Sendable {
  private let first: Duration
  private let longest: Duration
  /// The delay before the next try, without its random part taken off.
  private(set) var delay: Duration

  init(from first: Duration, to longest: Duration) {
    self.first = first
    self.longest = longest
    delay = first
  }

  /// It worked: the next failure begins anew.
  mutating func reset() { delay = first }

  /// The delay before the next try.
  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    defer { delay = min(delay * 2, longest) }
    return delay / 2 + .nanoseconds(Int64.random(in: 0...(delay / 2).wholeNanoseconds, using: &generator))
  }
}

extension Duration {
  fileprivate var wholeNanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
