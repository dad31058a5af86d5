import Basics
import Glibc
import RelayCore
import Sockets
import Synchronization

/// The tasks of a relay besides carrying: signals, the journal, metrics, the service manager's watchdog, and its end.
///
/// It has no thread of its own: the first worker's loop watches its epoll set and runs it. So a relay with one thread
/// is a program without threads, whose calls the kernel and the C library make cheaper.
final class Housekeeping {
  let context: RelayContext
  /// Those that hold now.
  var settings: RelaySettings
  var reloads = ReloadCounts()
  private var reloadIsDue = false
  private let metrics: MetricsPort?
  private let signals: SignalSource
  private let epoll: EpollSet
  var ending: RelayEnding
  private var journal: JournalWriter
  private var watchdog: Watchdog?
  /// Whether this process belonged to a terminal when it began.
  private let hadTerminal = ControllingTerminal.isThere

  /// The signals a relay handles. None of them kills it without a word.
  static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

  /// - Parameter signals: already blocked in this thread.
  init(
    _ context: RelayContext, signals: consuming SignalSource, metrics: MetricsPort?, now: Instant
  ) throws(SystemError) {
    self.context = context
    settings = context.settings
    self.metrics = metrics
    self.signals = signals
    ending = RelayEnding(drainDelay: settings.announceTime, drainTime: settings.policy.drainTime)
    journal = JournalWriter(context.journal)
    watchdog = Watchdog(context, now: now)
    epoll = try EpollSet()
    for number in [self.signals.number, context.control.number, context.endedWaker.number, context.journal.number] {
      try epoll.watchLevelTriggered(number, as: 0)
    }
    try metrics?.watch(in: epoll)
  }

  /// For interest in readiness: readable when there is something to do.
  var number: CInt { epoll.number }

  /// The time at which ``run(now:)`` is due at the latest.
  var deadline: Instant? { nearest(metrics?.deadline, journal.deadline, ending.deadline, watchdog?.deadline) }

  /// Whether nothing is left to do.
  var isOver: Bool { allEnded && journal.isEmpty }

  private var allEnded: Bool { context.endedThreads.load(ordering: .acquiring) == context.mailboxes.count }

  /// Waits for something to do, when there is no loop left to do that.
  func wait(now: Instant) {
    _ = try? epoll.wait(atMost: deadline.map { $0 - now })
  }

  /// Does what there is to do. Nothing here waits, so nothing is asked first whether it is ready.
  func run(now: Instant) {
    // Takes what is ready out of the set, so that the set is not readable any more.
    _ = try? epoll.wait(atMost: .zero)
    context.endedWaker.clear()
    while let signal = signals.next() { handle(signal, now) }
    // Once a turn, so that signals without end do not keep the thread from carrying.
    if reloadIsDue {
      reloadIsDue = false
      reload()
    }
    for _ in 0..<context.control.take() { end(.interrupt, now) }
    perform(ending.expire(now: now))
    metrics?.serve(epoll, now: now, health) { MetricsPage(of: self).text }
    watchdog?.run(now: now)
    journal.write(now: now, isLast: allEnded)
  }

  /// Healthy is a relay that admits newcomers.
  private var health: MetricsRequest.Health {
    if ending.isEnding { return ending.isDraining ? .draining : .announced }
    return context.counters.allSatisfy { $0.notAccepting.value == 0 } ? .healthy : .notAccepting
  }

  // MARK: Signals and the end

  /// The end that a signal asks for; nil if it asks for none.
  /// - Parameter hadTerminal: whether this process belonged to a terminal.
  static func request(of signal: CInt, _ hadTerminal: Bool) -> RelayEnding.Request? {
    switch signal {
    case SIGTERM: .terminate
    case SIGINT, SIGQUIT: .interrupt
    // The window it ran in was closed. Otherwise it is an operator's, who expects a service to read its settings anew.
    case SIGHUP where hadTerminal && !ControllingTerminal.isThere: .interrupt
    default: nil
    }
  }

  private func handle(_ signal: CInt, _ now: Instant) {
    if let request = Housekeeping.request(of: signal, hadTerminal) { return end(request, now) }
    switch signal {
    case SIGHUP: reloadIsDue = true
    case SIGUSR1: note("SIGUSR1: there are no files to open anew")
    default: note("SIGUSR2: it means nothing to a relay")
    }
  }

  func note(_ line: String) { if settings.policy.verbosity >= 0 { context.journal.add(line) } }

  private func end(_ request: RelayEnding.Request, _ now: Instant) { perform(ending.handle(request, now: now)) }

  private func perform(_ order: RelayEnding.Order?) {
    let seconds = settings.policy.drainTime.components.seconds
    switch order {
    case .announce:
      let delay = settings.announceTime.components.seconds
      notifyStopping("still letting in", seconds: delay + seconds)
      note("asked to end: newcomers are let in for another \(delay) s, while the health check says no")
    case .drain:
      notifyStopping("draining", seconds: seconds)
      note("draining: pairs may go on for \(seconds) s")
      for mailbox in context.mailboxes { mailbox.post(.drain) }
    case .stop(let reason):
      note("ending now: \(reason)")
      for mailbox in context.mailboxes { mailbox.post(.stop) }
    case nil: break
    }
  }

  /// Tells the service manager that the relay ends, and how long that may take.
  private func notifyStopping(_ status: String, seconds: Int64) {
    ServiceManager.notify("STOPPING=1\nSTATUS=\(status)\nEXTEND_TIMEOUT_USEC=\((seconds + 10) * 1_000_000)")
  }
}
