import Basics

/// Counts the callers that this end refused and did not report yet. A flood of them becomes a line a second, whatever
/// the user's pace.
struct RefusedCallersReport {
  /// A report that is due: the newest caller, and how many others.
  struct Summary: Equatable {
    let caller: String
    let others: Int
  }

  private static let interval = Duration.seconds(1)
  private var newest = ""
  private var count = 0
  private var reportAt: Instant?

  /// When the next report is due; nil when there is none to make.
  var deadline: Instant? { count > 0 ? reportAt : nil }

  /// A caller was refused.
  mutating func add(_ caller: String) {
    newest = caller
    count += 1
  }

  /// The report that is due.
  mutating func take(now: Instant) -> Summary? {
    guard count > 0, reportAt.map({ $0 <= now }) ?? true else { return nil }
    defer { count = 0 }
    reportAt = now + RefusedCallersReport.interval
    return Summary(caller: newest, others: count - 1)
  }
}
