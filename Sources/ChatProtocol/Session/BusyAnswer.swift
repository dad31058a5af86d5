import Basics

/// Tells a peer that is busy from one that says so.
///
/// A plain listener that is in a conversation answers with one line and its end. A peer may send the same line and stay: then
/// it is a message. So a first line that reads like that is held until more comes, the end comes, or ``Limits/busyHold`` is over.
struct BusyAnswer: Sendable {
  private enum State: Equatable, Sendable {
    /// Nothing came yet, and this end called.
    case possible
    case held(until: Instant)
    case excluded
    case confirmed
  }

  private var state: State

  /// - Parameter isPossible: whether this end called, so that the peer can be busy.
  init(isPossible: Bool) { state = isPossible ? .possible : .excluded }

  /// Whether the peer is busy.
  var isConfirmed: Bool { state == .confirmed }
  /// When a held line becomes a message.
  var deadline: Instant? { if case .held(let until) = state { until } else { nil } }

  /// The first messages of a session came, and nothing before them.
  /// - Returns: whether what is in the inbox is to be held back.
  mutating func judge(_ inbox: MessageBatch, isInsideLine: Bool, now: Instant) -> Bool {
    guard state == .possible else { return false }
    guard let first = inbox.entries.first else {
      // A piece of a line may still become the answer.
      return false
    }
    let isAnswer =
      inbox.entries.count == 1 && !isInsideLine
      && inbox.text(first).elementsEqual(PlainSession.busyLine.utf8)
    state = isAnswer ? .held(until: now + Limits.busyHold) : .excluded
    return isAnswer
  }

  /// More came, or the time is over.
  /// - Returns: whether a line was held, which is a message then.
  mutating func release() -> Bool {
    guard case .held = state else { return false }
    state = .excluded
    return true
  }

  /// The end came.
  /// - Returns: whether that makes a held line the answer.
  mutating func end() -> Bool {
    guard case .held = state else { return false }
    state = .confirmed
    return true
  }
}
