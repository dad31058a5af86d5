/// How the program ends: the status, and one sentence that says what failed, on what, and what to do.
public struct ExitReason: Error, Equatable, Sendable {
  public let status: ExitStatus
  /// What failed, and on what; nil when there is nothing to report.
  public let problem: String?
  /// What to do about it; nil when there is nothing to advise.
  public let advice: String?
  /// The signal that made us leave, to be raised again with its default effect.
  public internal(set) var signal: CInt?

  public init(_ status: ExitStatus, _ problem: String? = nil, advice: String? = nil, signal: CInt? = nil) {
    self.status = status
    self.problem = problem
    self.advice = advice
    self.signal = signal
  }

  init(_ failure: Failure) {
    let report = failure.report
    self.init(report.status, report.problem, advice: report.advice)
  }

  /// For standard error; nil when there is nothing to report.
  public var sentence: String? { problem.map { problem in advice.map { "\(problem); \($0)" } ?? problem } }

  /// The number the shell will see.
  public var number: CInt { signal.map { 128 + $0 } ?? status.rawValue }
}
