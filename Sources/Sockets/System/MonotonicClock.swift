import Glibc

/// Time that never jumps: CLOCK_MONOTONIC of clock_gettime(2).
public enum MonotonicClock {
  /// Time since a fixed point in the past; only differences mean something.
  public static func now() -> Duration {
    var time = timespec()
    let result = clock_gettime(CLOCK_MONOTONIC, &time)
    precondition(result == 0, "no monotonic clock")
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
