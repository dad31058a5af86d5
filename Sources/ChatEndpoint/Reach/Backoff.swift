/// The delay before something that failed is tried again: exponential, capped, and with full jitter.
///
/// The longest possible delay doubles each time, up to a cap. The delay itself is any time up to that, so that a
/// thousand endpoints of a relay that ended do not come back in the same instant. Marc Brooker compares the kinds of
/// jitter in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): full jitter needs the fewest tries. Some
/// delays are nearly nothing, but on average they double.
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
    return .nanoseconds(Int64.random(in: 0...delay.wholeNanoseconds, using: &generator))
  }
}

extension Duration {
  fileprivate var wholeNanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
