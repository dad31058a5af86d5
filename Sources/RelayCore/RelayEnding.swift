import Basics

/// How a relay ends.
///
/// ```
///   running ──asked──▶ announced ──its delay is over──▶ draining ──asked again, or its time is over──▶ stopping
///                         └────────────────asked again────────────────────────────────────────────▲
/// ```
///
/// Once its end is announced the health check says no, and newcomers are still let in: a load balancer takes some
/// seconds to notice, and sends newcomers meanwhile. Without a delay it drains at once.
///
/// A service manager often asks twice: it signals the process, and the group with it. So a second request of that kind
/// within ``RelayLimits/echoTime`` is an echo of the first, and ignored. A person that asks twice means it.
public struct RelayEnding: Sendable {
  /// The one who asks.
  public enum Request: CaseIterable, Sendable {
    /// A service manager: SIGTERM.
    case terminate
    /// A person: SIGINT, SIGQUIT, or its terminal is gone.
    case interrupt
  }

  /// The next step.
  public enum Order: Equatable, Sendable {
    /// Let the health check say no, and go on.
    case announce
    /// Let pairs go on, and refuse everybody else.
    case drain
    /// End now.
    case stop(reason: String)
  }

  private enum Stage: Sendable {
    case running
    case announced(since: Instant, until: Instant)
    case draining(since: Instant, until: Instant)
    case stopping
  }

  private var stage = Stage.running
  /// How long newcomers are still let in. A change holds for an end that is still to come, as does the next.
  public var drainDelay: Duration
  /// How long pairs may go on after that.
  public var drainTime: Duration

  /// - Parameters:
  ///   - drainDelay: how long newcomers are still let in.
  ///   - drainTime: how long pairs may go on after that.
  public init(drainDelay: Duration = .zero, drainTime: Duration) {
    self.drainDelay = drainDelay
    self.drainTime = drainTime
  }

  /// Whether it was asked to end.
  public var isEnding: Bool { if case .running = stage { false } else { true } }

  /// Whether it has begun to drain.
  public var isDraining: Bool {
    switch stage {
    case .running, .announced: false
    case .draining, .stopping: true
    }
  }

  /// The time at which ``expire(now:)`` is due.
  public var deadline: Instant? {
    switch stage {
    case .announced(_, let until), .draining(_, let until): until
    case .running, .stopping: nil
    }
  }

  /// It was asked to end.
  /// - Returns: nil when there is nothing to do.
  public mutating func handle(_ request: Request, now: Instant) -> Order? {
    switch stage {
    case .running where drainDelay > .zero:
      stage = .announced(since: now, until: now + drainDelay)
      return .announce
    case .running: return drain(since: now, now: now)
    case .announced(let since, _), .draining(let since, _):
      if request == .terminate, now - since < RelayLimits.echoTime { return nil }
      stage = .stopping
      return .stop(reason: "asked to end a second time")
    case .stopping: return nil
    }
  }

  /// The time of ``deadline`` has come.
  public mutating func expire(now: Instant) -> Order? {
    guard let deadline, deadline <= now else { return nil }
    if case .announced(let since, _) = stage { return drain(since: since, now: now) }
    stage = .stopping
    return .stop(reason: "the time to drain is over")
  }

  private mutating func drain(since: Instant, now: Instant) -> Order {
    stage = .draining(since: since, until: now + drainTime)
    return .drain
  }
}
