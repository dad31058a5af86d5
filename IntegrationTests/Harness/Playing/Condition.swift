/// Why a step did not work out.
struct Failure: Error {
  /// The state that should have been.
  let expected: String
  /// The state that was instead.
  let actual: String
  /// Whether it says something about the programs that are played with. An interruption does not, nor does a program
  /// that is not there: neither is what a scenario that is known to fail is known for.
  var concernsPrograms = true
}

/// Something a step waits for.
struct Condition {
  enum Verdict {
    case met
    /// Not so far; with what stands in the way, if that helps.
    case notYet(String = "")
    /// It cannot come any more, for the reason given: no need to wait for the deadline.
    case never(String)
  }

  /// The awaited state, for the report.
  let expected: String
  /// Whether it can change without anything the loop would notice (a file, a listening port, a stopped process):
  /// then it is looked at again and again.
  var changesSilently = false
  /// An explanation that helps to see why it was not met, when that takes too long to find out each time.
  var explain: () -> String = { "" }
  let check: () -> Verdict
}

/// Something that must hold, at one moment or all the while.
struct Invariant {
  let expected: String
  /// The present reason against it; nil while it holds.
  let violation: () -> String?
}
