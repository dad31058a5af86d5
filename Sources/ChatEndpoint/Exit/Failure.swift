import ChatProtocol
import Sockets

/// Whose fault a failure is. The family decides what can be done about it.
enum Blame: Sendable, CaseIterable {
  /// The peer, or a relay, broke the protocol.
  case peerViolation
  /// The other end speaks something else, or another version.
  case peerIncompatible
  /// The command or its input cannot be used.
  case misuse
  /// The system, the network or the other end's machine refused.
  case system
  /// A fault of ours.
  case ours
}

/// Why an endpoint fails. Each case has one row in one table, ``report``: whose fault it is, the exit status, what failed and
/// what to do.
enum Failure: Error, Equatable, Sendable {
  case input(InputFailure)
  case output(OutputFailure)
  case reach(ReachFailure)
  case relay(RelayFailure)
  case own(OwnFailure)

  /// A row of the table.
  struct Report: Equatable, Sendable {
    let blame: Blame
    let status: ExitStatus
    /// What failed, and on what.
    let problem: String
    /// What to do about it.
    let advice: String?

    init(_ blame: Blame, _ status: ExitStatus, _ problem: String, advice: String? = nil) {
      self.blame = blame
      self.status = status
      self.problem = problem
      self.advice = advice
    }
  }

  var report: Report {
    switch self {
    case .input(let failure): failure.report
    case .output(let failure): failure.report
    case .reach(let failure): failure.report
    case .relay(let failure): failure.report
    case .own(let failure): failure.report
    }
  }
}

/// What can be wrong with the batch input.
enum InputFailure: Equatable, Sendable {
  case unreadable(name: String, SystemError)
  case unusable(name: String, BatchChecker.Violation)
  case failed(name: String, SystemError)

  var report: Failure.Report {
    switch self {
    case .unreadable(let name, let error): .init(.misuse, .noInput, "cannot read \(name): \(error)")
    case .failed(let name, let error): .init(.system, .inputOutput, "reading \(name) failed: \(error)")
    case .unusable(let name, let violation): InputFailure.report(name, violation)
    }
  }

  private static func report(_ name: String, _ violation: BatchChecker.Violation) -> Failure.Report {
    let (problem, advice): (String, String?) =
      switch violation.reason {
      case .tooLong: ("is longer than \(Limits.messageBytesMax) bytes, the most one message can be", nil)
      case .nulByte: ("has a NUL byte", "messages are text")
      case .notUTF8: ("is not UTF-8", "messages are text (iconv converts)")
      }
    return .init(.misuse, .badInput, "\(name), line \(violation.line) \(problem)", advice: advice)
  }
}

/// What can be wrong with standard output and the terminal.
enum OutputFailure: Equatable, Sendable {
  case unusable(SystemError)
  case terminalUnusable(SystemError)
  /// - lost: lines that could not be written.
  case failed(reason: String, lost: Int)
  case stalled(lost: Int)

  var report: Failure.Report {
    switch self {
    case .unusable(let error): .init(.system, .inputOutput, "standard output cannot be used: \(error)")
    case .terminalUnusable(let error): .init(.system, .inputOutput, "the terminal cannot be used: \(error)")
    case .failed(let reason, 0): .init(.system, .inputOutput, "writing to standard output failed: \(reason)")
    case .failed(let reason, let lost):
      .init(
        .system, .inputOutput,
        "writing to standard output failed: \(reason); \(OutputFailure.lines(lost)) could not be written")
    case .stalled(let lost):
      .init(
        .system, .inputOutput,
        "standard output did not take everything in time: \(OutputFailure.lines(lost)) could not be written")
    }
  }

  private static func lines(_ count: Int) -> String { "\(count) \(count == 1 ? "line" : "lines")" }
}

/// A fault of ours, or of a system that does not even give what every program needs.
enum OwnFailure: Equatable, Sendable {
  case cannotStart(SystemError)
  case cannotWait(SystemError)

  var report: Failure.Report {
    switch self {
    case .cannotStart(let error): .init(.ours, .internalFault, "cannot start: \(error.call): \(error)")
    case .cannotWait(let error): .init(.ours, .internalFault, "waiting failed: \(error)")
    }
  }
}
