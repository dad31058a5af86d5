import Basics

/// Something that fails for a while and is tried again: until when, after which pauses, and what is reported of it. A
/// connector and the way through a relay share it.
struct Retries {
  /// When the first link is not sought any longer; nil without a limit.
  var giveUpAt: Instant?
  /// Whether there was a link before, in the same conversation. Then nothing bounds the tries; any failure may pass.
  private(set) var isReconnecting = false
  /// The failure of the last try.
  private(set) var failure: Failure?
  private var backoff: Backoff
  private var random = SystemRandomNumberGenerator()
  /// The length of a pause from which on its reason is reported, once for each reason.
  private let reportedPause: Duration
  private var reportedProblem: String?

  init(from first: Duration, to longest: Duration, reportedFrom reportedPause: Duration) {
    backoff = Backoff(from: first, to: longest)
    self.reportedPause = reportedPause
  }

  /// The longest that the next pause can be.
  var nextPauseMax: Duration { backoff.delay }

  /// Whether the time for the first link is not over.
  func isInTime(_ now: Instant) -> Bool { giveUpAt.map { now < $0 } ?? true }

  /// Begins to seek another link of the same conversation, because the one that was made is gone.
  /// - Parameter wasUseful: whether that link lasted or carried messages. After useless ones the pauses grow.
  /// - Returns: the instant of the first try. Both ends seek each other then, so it is a random one.
  mutating func reconnect(wasUseful: Bool, now: Instant) -> Instant {
    isReconnecting = true
    giveUpAt = nil
    if wasUseful { reset() }
    return now + pause()
  }

  /// Begins to seek the link of another conversation.
  /// - Parameter wasUseful: whether the one before lasted or carried messages. After useless ones the pauses grow.
  /// - Returns: the instant of the first try.
  mutating func again(wasUseful: Bool, now: Instant) -> Instant {
    isReconnecting = false
    guard wasUseful else { return now + pause() }
    reset()
    return now
  }

  /// Prepares for the next try after a failure, and reports it if that is due.
  /// - Returns: the instant of the next try.
  mutating func next(after failure: Failure, now: Instant, _ events: inout [EndpointEvent]) -> Instant {
    self.failure = failure
    let problem = failure.report.problem
    if nextPauseMax >= reportedPause && problem != reportedProblem {
      reportedProblem = problem
      // The advice is left out, because this end follows it by itself.
      events.append(.note("\(problem); still trying"))
    }
    return now + pause()
  }

  /// The network has changed, so that a failed try may succeed now.
  /// - Returns: the instant of the next try.
  mutating func networkChanged(now: Instant) -> Instant {
    reset()
    return now
  }

  /// Begins with short pauses again.
  mutating func reset() { backoff.reset() }

  /// Notes that a try went well. The same problem is reported anew when it comes again.
  mutating func succeeded() { reportedProblem = nil }

  private mutating func pause() -> Duration { backoff.next(using: &random) }
}
