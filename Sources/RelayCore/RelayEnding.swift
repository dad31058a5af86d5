import Basics

/// How a relay ends.
///
/// ```
///   running ──asked──▶ draining ──asked again, or its time is over──▶ stopping
/// ```
///
/// A service manager often asks twice: it signals the process, and the group with it. So a second request of that kind
/// within ``RelayLimits/echoTime`` is an echo of the first, and ignored. A person that asks twice means it.
public struct RelayEnding: Sendable {
  /// Who asks.
  public enum Request: CaseIterable, Sendable {
    /// A service manager: SIGTERM.
    case terminate
    /// A person: SIGINT, SIGQUIT, or its terminal is gone.
    case interrupt
  }

  /// What is to be done.
  public enum Order: Equatable, Sendable {
    /// Let pairs go on, and refuse everybody else.
    case drain
    /// End now.
    case stop(reason: String)
  }

  private enum Stage: Sendable {
    case running
    case draining(since: Instant, until: Instant)
    case stopping
  }

  private var stage = Stage.running
  /// How long pairs may go on. A change holds for an end that is still to come.
  public var drainTime: Duration

  /// - drainTime: how long pairs may go on.
  public init(drainTime: Duration) { self.drainTime = drainTime }

  /// Whether it was asked to end.
  public var isEnding: Bool { if case .running = stage { false } else { true } }

  /// When ``expire(now:)`` is due.
  public var deadline: Instant? { if case .draining(_, let until) = stage { until } else { nil } }

  /// It was asked to end.
  /// - Returns: nil when there is nothing to do.
  public mutating func handle(_ request: Request, now: Instant) -> Order? {
    switch stage {
    case .running:
      stage = .draining(since: now, until: now + drainTime)
      return .drain
    case .draining(let since, _):
      if request == .terminate, now - since < RelayLimits.echoTime { return nil }
      stage = .stopping
      return .stop(reason: "asked to end a second time")
    case .stopping: return nil
    }
  }

  /// The time of ``deadline`` has come.
  public mutating func expire(now: Instant) -> Order? {
    guard case .draining(_, let until) = stage, until <= now else { return nil }
    stage = .stopping
    return .stop(reason: "the time to drain is over")
  }
}
