import Basics

/// Distinguishes a busy peer from one that sends the busy line as a message.
///
/// A plain listener that is in a conversation replies with one line and its end. A peer may send the same line and
/// stay: then it is a message. So a first line that reads like the busy line is held until more bytes come, the end
/// comes, or ``Limits/busyHold`` has passed.
struct BusyLineDetector: Sendable {
  private enum State: Equatable, Sendable {
    /// Nothing was received yet, and this end dialled.
    case possible
    /// The first line reads like the busy line, and nothing came after it.
    case held(until: Instant)
    /// The peer is not busy.
    case excluded
    /// The peer is busy.
    case confirmed
  }

  private var state: State

  /// - Parameter isPossible: whether this end dialled, so that the peer may be busy.
  init(isPossible: Bool) { state = isPossible ? .possible : .excluded }

  /// Whether the peer is busy.
  var isConfirmed: Bool { state == .confirmed }
  /// The instant at which a held line becomes a message; nil while none is held.
  var deadline: Instant? { if case .held(let until) = state { until } else { nil } }

  /// Judges the first messages of a session.
  /// - Returns: whether the inbox is to be held back.
  mutating func judge(_ inbox: ReceivedMessages, isInsideLine: Bool, now: Instant) -> Bool {
    guard state == .possible else { return false }
    guard let first = inbox.entries.first else {
      // A part of a line may still become the busy line.
      return false
    }
    let isAnswer =
      inbox.entries.count == 1 && !isInsideLine
      && inbox.text(first).elementsEqual(PlainSession.busyLine.utf8)
    state = isAnswer ? .held(until: now + Limits.busyHold) : .excluded
    return isAnswer
  }

  /// Notes that more bytes came, or that the time is over.
  /// - Returns: whether a line was held. It is a message then.
  mutating func release() -> Bool {
    guard case .held = state else { return false }
    state = .excluded
    return true
  }

  /// Notes that the peer's end came.
  /// - Returns: whether a line was held. The peer is busy then.
  mutating func end() -> Bool {
    guard case .held = state else { return false }
    state = .confirmed
    return true
  }
}
