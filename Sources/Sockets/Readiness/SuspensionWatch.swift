import CSystem

/// Readable after the machine has slept: so a loop that waits in poll(2) goes on at once.
///
/// It is a timer that never expires, on the clock of the day. The kernel ends the wait for it when that clock jumps
/// (`TFD_TIMER_CANCEL_ON_SET` of timerfd_create(2)), and it jumps at the end of each sleep. A timer on CLOCK_BOOTTIME
/// would wake the loop too, but only once its own time has come, and it would have to be set anew in each turn; this
/// one is set once and costs no call after that. A person or a time service can set the clock of the day as well. Then
/// nothing has slept, which the two other clocks show.
public struct SuspensionWatch: ~Copyable {
  private let descriptor: Descriptor
  private var detector = SuspensionDetector(monotonic: MonotonicClock.now(), boot: BootClock.now())

  /// - Throws: if the system has no such timer.
  public init() throws(SystemError) {
    descriptor = Descriptor(owning: try SystemCalls.retrying("timerfd") { csystem_clock_jump_descriptor() })
  }

  /// For interest in readiness.
  public var number: CInt { descriptor.number }

  /// Ends its being readable.
  /// - Returns: whether the machine has slept since the last call.
  public mutating func takeSuspension() -> Bool {
    // The call fails with ECANCELED, which is the news itself, or finds nothing.
    var expirations = [UInt8](repeating: 0, count: 8)
    _ = try? SystemCalls.read(descriptor.number, into: &expirations)
    return detector.hasSlept(monotonic: MonotonicClock.now(), boot: BootClock.now())
  }
}

/// Compares a clock that stands still while the machine sleeps with one that goes on.
struct SuspensionDetector {
  /// A shorter sleep loses no link. The clocks are read one after the other, so small differences mean nothing.
  static let shortest = Duration.seconds(1)

  /// How far the second clock was ahead of the first.
  private var lead: Duration

  init(monotonic: Duration, boot: Duration) { lead = boot - monotonic }

  /// Whether the machine has slept since this was true last.
  mutating func hasSlept(monotonic: Duration, boot: Duration) -> Bool {
    let present = boot - monotonic
    guard present - lead >= SuspensionDetector.shortest else { return false }
    lead = present
    return true
  }
}
