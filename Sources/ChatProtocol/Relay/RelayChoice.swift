import Basics

/// The choice of the relays of a list that an end joins, and of the time for each. The list is ordered, the best first,
/// and both ends have the same one (docs/PROTOCOL.md, "Several relays").
///
/// ```
///              next                   WAIT
///   untried ────────▸ joining ────────────────▸ waiting
///                      │   ▲                       │
///                      │   └───── next ── pausing ◂┤ a failure that may pass
///                      └───────────────────────────┴──▸ excluded: any other failure
/// ```
///
/// An end begins with the best relay. A failure leads to the next one at once, and so does an answer that takes longer
/// than ``answerTime``. An end that waits at one relay begins after a while to wait at the others too, because its peer
/// may not reach the one where it waits. So two ends meet whenever both reach one relay of the list, whatever else each
/// of them reaches. A relay that failed is tried again after growing pauses, so an end comes back to the better one.
///
/// It touches nothing: the owner joins the relays that ``next(now:using:)`` names, and reports what comes of it. The
/// owner ends the choice with the first pair. Two ends may be paired at two relays at once and take one each; then both
/// links break, and both begin anew. The random delays make that rare.
///
/// Invariants: at most one relay is chosen in a call; while ``isOver`` is false there is a relay that is joined or
/// waited at, or ``deadline`` is set.
public struct RelayChoice: Sendable {
  private enum State: Equatable {
    /// It was not tried since the choice began.
    case untried
    case joining, waiting
    /// It is tried again at this instant.
    case pausing(until: Instant)
    /// It is not tried again.
    case excluded
  }

  /// The states of the relays, in the order of the list.
  private var states: [State]
  /// The longest next pause of each relay.
  private var pauses: [Duration]
  /// The instant at which the first untried relay is due.
  private var untriedDueAt: Instant

  /// The time that a relay may take to answer before the next one is tried as well: a few round trips over the worst
  /// networks, and a delay that people accept.
  static let answerTime = Duration.seconds(1)
  /// The time that an end waits at one relay before it waits at a second: long enough that two ends that begin together
  /// at the best relay leave the others alone.
  static let delayBeforeSecond = Duration.seconds(1) ... .seconds(2)
  /// The delays between the others. Both ends draw them, so they do not come to two relays in the same instants.
  static let delayBeforeOthers = Duration.milliseconds(250) ... .milliseconds(750)
  /// The longest first pause after a failure, and the longest of all. A pause is any time up to that, and the next is
  /// up to twice as long, as everywhere (full jitter).
  static let pauseMax = (first: Duration.seconds(1), last: Duration.seconds(30))

  /// Begins with the best of `count` relays, at least one.
  public init(of count: Int, now: Instant) {
    precondition(count > 0, "a choice needs relays")
    states = Array(repeating: .untried, count: count)
    pauses = Array(repeating: RelayChoice.pauseMax.first, count: count)
    untriedDueAt = now
  }

  /// Whether no relay is joined or waited at, and each one has failed.
  public var isOver: Bool { !states.contains { [.untried, .joining, .waiting].contains($0) } }

  /// The instant at which ``next(now:using:)`` is due; nil for never, as things stand.
  public var deadline: Instant? {
    let pauses = states.map { state in if case .pausing(let until) = state { until } else { nil as Instant? } }
    return nearest(nearest(pauses), states.contains(.untried) ? untriedDueAt : nil)
  }

  /// Chooses a relay that is to be joined now.
  /// - Returns: its position in the list; nil if none is due.
  public mutating func next(now: Instant, using generator: inout some RandomNumberGenerator) -> Int? {
    let due = states.indices.first { index in
      switch states[index] {
      case .untried: untriedDueAt <= now
      case .pausing(let until): until <= now
      case .joining, .waiting, .excluded: false
      }
    }
    guard let due else { return nil }
    if states[due] == .untried {
      let delay = states.contains(.waiting) ? RelayChoice.delayBeforeOthers.draw(&generator) : RelayChoice.answerTime
      untriedDueAt = now + delay
    }
    states[due] = .joining
    return due
  }

  /// The relay lets this end wait.
  public mutating func waits(at index: Int, now: Instant, using generator: inout some RandomNumberGenerator) {
    guard states[index] == .joining else { return }
    let isFirst = !states.contains(.waiting)
    states[index] = .waiting
    pauses[index] = RelayChoice.pauseMax.first
    if isFirst { untriedDueAt = now + RelayChoice.delayBeforeSecond.draw(&generator) }
  }

  /// The relay cannot be reached, refuses this end, or has dropped it.
  /// - Parameter mayPass: whether the same try may succeed later.
  public mutating func failed(
    at index: Int, mayPass: Bool, now: Instant, using generator: inout some RandomNumberGenerator
  ) {
    // One that waits elsewhere has no hurry.
    if !states.enumerated().contains(where: { $0.offset != index && $0.element == .waiting }) { untriedDueAt = now }
    guard mayPass else {
      states[index] = .excluded
      return
    }
    states[index] = .pausing(until: now + (Duration.zero...pauses[index]).draw(&generator))
    pauses[index] = min(pauses[index] * 2, RelayChoice.pauseMax.last)
  }

  /// The network has changed, so that a failed try may succeed now: pauses end.
  public mutating func networkChanged(now: Instant) {
    for index in states.indices {
      if case .pausing = states[index] { states[index] = .pausing(until: now) }
      pauses[index] = RelayChoice.pauseMax.first
    }
  }
}

extension ClosedRange<Duration> {
  /// A duration of the range, to the microsecond.
  fileprivate func draw(_ generator: inout some RandomNumberGenerator) -> Duration {
    let span = (upperBound - lowerBound) / Duration.microseconds(1)
    return lowerBound + .microseconds(Int64.random(in: 0...Int64(span), using: &generator))
  }
}
