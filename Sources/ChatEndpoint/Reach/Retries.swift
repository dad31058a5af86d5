import Basics

/// Something that fails for a while and is tried again: the pauses between the tries, and what is reported of them.
struct Retries {
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

  /// The time before the next try. It prepares a longer one after that.
  mutating func pause() -> Duration { backoff.next(using: &random) }

  /// The time before the next try after a failure, and the event that reports it, if it is due.
  mutating func pause(after failure: Failure) -> (Duration, EndpointEvent?) {
    let problem = failure.report.problem
    let isReported = nextPauseMax >= reportedPause && problem != reportedProblem
    if isReported { reportedProblem = problem }
    // The advice is left out, because this end follows it by itself.
    return (pause(), isReported ? .note("\(problem); still trying") : nil)
  }

  /// Begins with short pauses again.
  mutating func reset() { backoff.reset() }

  /// Notes that a try went well. The same problem is reported anew when it comes again.
  mutating func succeeded() { reportedProblem = nil }
}
