import Glibc

/// Time that never jumps and goes on while the machine sleeps: CLOCK_BOOTTIME of clock_gettime(2).
///
/// A peer does not wait for a laptop that sleeps, so the silence on a link is measured by this clock. poll(2) does not
/// count the time asleep in its timeout; ``SuspensionWatch`` ends such a wait.
public enum BootClock {
  /// Time since a fixed point in the past; only differences mean something.
  public static func now() -> Duration { MonotonicClock.read(CLOCK_BOOTTIME) }
}
