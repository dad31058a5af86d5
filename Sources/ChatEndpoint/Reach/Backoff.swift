/// The delay before something that failed is tried again.
///
/// It doubles each time, up to a longest one. Half of it is random, so that a thousand endpoints do not come back in
/// the same instant. The other half is fixed, because a delay of nearly nothing ("full jitter" has those) is no pause.
struct Backoff: Sendable {
  private let first: Duration
  private let longest: Duration
  /// The longest delay before the next try.
  private(set) var delay: Duration

  init(from first: Duration, to longest: Duration) {
    self.first = first
    self.longest = longest
    delay = first
  }

  /// Begins anew after a success.
  mutating func reset() { delay = first }

  /// The delay before the next try. It prepares the longer one after that.
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
