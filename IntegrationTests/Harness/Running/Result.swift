/// How one playing of one scenario went, as the suite sees it.
public struct ScenarioResult: Sendable {
  /// A result, and the exit status by which the process that played it says so.
  public enum Status: Int32, Sendable {
    case passed = 0
    case failed = 1
    case couldNotRun = 2
    /// As automake and others have it.
    case skipped = 77
    case failedAsKnown = 78
  }

  /// The scenario's file.
  public let file: String
  /// Its name.
  public let name: String
  /// How it went.
  public let status: Status
  /// How long it took.
  public let duration: Duration
  /// The report, or the reason; empty when it passed.
  public let text: String

  /// The one line it gets, and below it the report if it failed.
  public var summary: String {
    let time = Words.seconds(duration)
    let reason = text.split(separator: "\n").first.map(String.init) ?? ""
    return switch status {
    case .passed: "ok       \(name) (\(time) s)"
    case .skipped: "skipped  \(name): \(reason)"
    case .failedAsKnown: "known    \(name): \(reason)"
    case .failed: "FAILED   \(name) (\(time) s)\n\(text)"
    case .couldNotRun: "ERROR    \(name)\n\(text)"
    }
  }
}
