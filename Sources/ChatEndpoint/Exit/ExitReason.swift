/// The reason why the program ends: a status, a sentence with the failure and the advice, and perhaps a signal.
public struct ExitReason: Error, Equatable, Sendable {
  /// The exit status.
  var status: ExitStatus
  /// The failure and its object; nil if there is nothing to report.
  let problem: String?
  /// The advice to the user; nil if there is none.
  var advice: String?
  /// How many messages wait in the store, a sentence without its period; nil if the rest says it, or none does.
  var waiting: String?
  /// The signal that ended the program, to be raised again with its default effect; nil if none did.
  public internal(set) var signal: CInt?
  /// How many lines standard output did not take.
  private(set) var unwrittenLines = 0

  /// - Parameters:
  ///   - status: the exit status.
  ///   - problem: the failure and its object, a sentence without its period; nil if there is nothing to report.
  ///   - advice: the advice to the user, as a part of that sentence; nil if there is none.
  ///   - signal: the signal that ended the program; nil if none did.
  public init(_ status: ExitStatus, _ problem: String? = nil, advice: String? = nil, signal: CInt? = nil) {
    self.status = status
    self.problem = problem
    self.advice = advice
    self.signal = signal
  }

  /// - Parameter waiting: how many messages wait in the store, a sentence without its period.
  init(_ status: ExitStatus, _ problem: String?, advice: String? = nil, waiting: String) {
    self.init(status, problem, advice: advice)
    self.waiting = waiting
  }

  init(_ failure: Failure) {
    let report = failure.report
    self.init(report.status, report.problem, advice: report.advice)
    if case .output(.failed(_, let lost)) = failure { unwrittenLines = lost }
    if case .output(.stalled(let lost)) = failure { unwrittenLines = lost }
  }

  /// - Parameters:
  ///   - peer: the name of the known peer that is dialled; nil for a host.
  ///   - triesAgain: whether this end tries again by itself.
  init(_ failure: Failure, dialling peer: String?, triesAgain: Bool) {
    self.init(failure)
    if case .reach(let failure) = failure { advice = advice ?? failure.advice(onPeer: peer, triesAgain: triesAgain) }
  }

  /// The failure of a file of the program's own ends the program.
  public init(_ failure: OwnFileFailure) { self.init(.ownFile(failure)) }

  /// The sentence for standard error, without its period; nil if there is nothing to report.
  public var sentence: String? {
    let report = problem.map { problem in advice.map { "\(problem); \($0)" } ?? problem }
    let parts = [report, waiting].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// The number that the shell sees: the status, or 128 and the signal's number.
  public var number: CInt { signal.map { 128 + $0 } ?? status.rawValue }
}
