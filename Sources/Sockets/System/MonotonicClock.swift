import Glibc

/// Time that never jumps, and stands still while the machine sleeps: CLOCK_MONOTONIC of clock_gettime(2).
public enum MonotonicClock {
  /// Time since a fixed point in the past; only differences mean something.
  public static func now() -> Duration { read(CLOCK_MONOTONIC) }

  /// Reads a clock that every Linux has.
  static func read(_ clock: clockid_t) -> Duration {
    var time = timespec()
    let result = clock_gettime(clock, &time)
    precondition(result == 0, "the clock \(clock) is missing")
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
