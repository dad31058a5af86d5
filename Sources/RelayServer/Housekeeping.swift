import Basics
import ChatProtocol
import Glibc
import Sockets
import Synchronization

/// What a relay does besides carrying: signals, the journal, metrics, and the end, which has two steps.
///
/// ```
///   running ──asked──▶ draining ──asked again, or its time is over──▶ stopping ──▶ all threads ended
///                         └───────── no pair is left ──────────────────────────────▲
/// ```
///
/// It has no thread of its own: the first worker's loop watches its queue and runs it. So a relay with one thread is a
/// program without threads, whose calls the kernel and the C library make cheaper.
final class Housekeeping {
  private enum Stage {
    case running
    case draining(until: Instant)
    case stopping
  }

  private let context: RelayContext
  private let metrics: MetricsPort?
  private let signals: SignalSource
  private let queue: EventQueue
  private var stage = Stage.running
  private var written = ByteQueue()
  /// When standard error is tried again, which had no room.
  private var writeAgainAt: Instant?
  /// When what waits for standard error is given up, after all threads have ended.
  private var giveUpAt: Instant?
  private static let writePause = Duration.milliseconds(50)

  /// - signals: already blocked in this thread.
  init(_ context: RelayContext, signals: consuming SignalSource, metrics: MetricsPort?) throws(SystemError) {
    self.context = context
    self.metrics = metrics
    self.signals = signals
    queue = try EventQueue()
    for number in [self.signals.number, context.control.number, context.endedWaker.number, context.journal.number] {
      try queue.watchLevel(number, as: 0)
    }
    try metrics?.watch(in: queue)
  }

  /// For interest in readiness: readable when there is something to do.
  var number: CInt { queue.number }

  /// When ``run(now:)`` is due at the latest.
  var deadline: Instant? {
    let drained: Instant? = if case .draining(let until) = stage { until } else { nil }
    return nearest(metrics?.deadline, writeAgainAt, giveUpAt, drained)
  }

  /// Whether nothing is left to do.
  var isOver: Bool { allEnded && written.isEmpty }

  private var allEnded: Bool { context.ended.load(ordering: .acquiring) == context.mailboxes.count }
  private var isDraining: Bool { if case .running = stage { false } else { true } }

  /// Waits for something to do, when there is no loop left to do that.
  func wait(now: Instant) {
    _ = try? queue.wait(atMost: deadline.map { $0 - now })
  }

  /// Does what there is to do. Nothing here waits, so nothing is asked first whether it is ready.
  func run(now: Instant) {
    // Takes note of the events, so that the queue is not readable any more.
    _ = try? queue.wait(atMost: .zero)
    context.endedWaker.clear()
    while signals.next() != nil { end(now) }
    for _ in 0..<context.control.take() { end(now) }
    if case .draining(let until) = stage, until <= now { stop("the time to drain is over") }
    metrics?.serve(queue, now: now, isDraining: isDraining) { MetricsPage.text(of: context, isDraining: isDraining) }
    write(now)
  }

  // MARK: The end

  /// Was asked to end: first to drain, then to stop.
  private func end(_ now: Instant) {
    switch stage {
    case .running:
      let seconds = context.settings.drainTime.components.seconds
      stage = .draining(until: now + context.settings.drainTime)
      ServiceManager.notify("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=\((seconds + 10) * 1_000_000)")
      if context.settings.verbosity >= 0 { context.journal.add("draining: pairs may go on for \(seconds) s") }
      for mailbox in context.mailboxes { mailbox.post(.drain) }
    case .draining: stop("told to end a second time")
    case .stopping: break
    }
  }

  private func stop(_ reason: String) {
    stage = .stopping
    if context.settings.verbosity >= 0 { context.journal.add("ending now: \(reason)") }
    for mailbox in context.mailboxes { mailbox.post(.stop) }
  }

  // MARK: The journal

  private func write(_ now: Instant) {
    writeAgainAt = nil
    // Also while standard error takes nothing: waking for every further line would only spin.
    context.journal.clear()
    repeat {
      // Taken only when the last was written: what comes meanwhile is bounded by the journal.
      if written.isEmpty { written.append(context.journal.take()) }
      guard !written.isEmpty else { break }
      let taken = StandardError.writeNow(written.bytes)
      written.take(taken)
      if taken == 0 {
        writeAgainAt = now + Housekeeping.writePause
        break
      }
    } while true
    guard allEnded, !written.isEmpty else { return }
    giveUpAt = giveUpAt ?? now + Limits.drainSilence
    if giveUpAt! <= now { written.take(written.count) }
  }
}
