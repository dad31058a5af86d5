import Basics
import ChatProtocol
import Sockets

/// Tells a service manager that every thread turns, for as long as every one does (sd_watchdog_enabled(3)).
///
/// Each thread is sent a ping now and then, and answers it in its turn. Once all have answered, the manager is told,
/// and the next pings go out. A thread that hangs answers nothing, so the manager hears nothing, and acts.
struct Watchdog {
  private let context: RelayContext
  private let interval: Duration
  private var pings = 0
  private(set) var deadline: Instant?

  /// - Returns: nil when no manager asked to be told.
  init?(_ context: RelayContext, now: Instant) {
    guard let interval = ServiceManager.watchdogInterval else { return nil }
    self.context = context
    // A thread that is late for one ping still has two intervals to answer in, before the manager acts.
    self.interval = interval / 3
    ping(now)
  }

  mutating func run(now: Instant) {
    guard let deadline, deadline <= now else { return }
    guard context.counters.allSatisfy({ $0.pingsAnswered.value >= pings }) else {
      self.deadline = now + interval
      return
    }
    ServiceManager.notify("WATCHDOG=1")
    ping(now)
  }

  private mutating func ping(_ now: Instant) {
    pings += 1
    for mailbox in context.mailboxes { mailbox.post(.ping) }
    deadline = now + interval
  }
}
