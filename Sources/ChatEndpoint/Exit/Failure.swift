import Basics
import ChatProtocol
import Sockets

/// The cause of a failure: the peer, the user's command, the system or this program. It decides which advice
/// can help.
enum Blame: Sendable, CaseIterable {
  /// The peer, or a relay, broke the protocol.
  case peerViolation
  /// The peer, or a relay, speaks another protocol or another version.
  case peerIncompatible
  /// The command or its input cannot be used.
  case misuse
  /// The system, the network or the peer's machine failed or refused.
  case system
  /// This program has a fault.
  case ours
}

/// A failure of an endpoint. Each case has one row in one table, ``report``: the blame, the exit status, the problem
/// and the advice.
enum Failure: Error, Equatable, Sendable {
  case input(InputFailure)
  case output(OutputFailure)
  case reach(ReachFailure)
  case relay(RelayFailure)
  case entry(EntryFailure)
  case ownFile(OwnFileFailure)
  case own(OwnFailure)

  /// A row of the table.
  struct Report: Equatable, Sendable {
    let blame: Blame
    let status: ExitStatus
    /// The failure and its object, without a period.
    let problem: String
    /// The advice to the user, as a part of the same sentence; nil if there is none.
    let advice: String?

    init(_ blame: Blame, _ status: ExitStatus, _ problem: String, advice: String? = nil) {
      self.blame = blame
      self.status = status
      self.problem = problem
      self.advice = advice
    }
  }

  /// Whether the same try may succeed later, when the peer has begun to listen or the network is back.
  var mayPass: Bool {
    switch self {
    case .reach(let failure): failure.mayPass
    case .relay(let failure): failure.mayPass
    case .entry(let failure): failure.mayPass
    case .input, .output, .ownFile, .own: false
    }
  }

  /// Whether what is in the way may be old links of the same two.
  var isOfOldLinks: Bool { if case .relay(let failure) = self { failure.isOfOldLinks } else { false } }

  /// Whether it is what an end meets with while a relay is replaced by another at the same address.
  var isOfReplacement: Bool {
    switch self {
    case .reach(let failure): failure.isRefusal
    case .relay(let failure): failure.isOfReplacement
    case .entry, .input, .output, .ownFile, .own: false
    }
  }

  var report: Report {
    switch self {
    case .input(let failure): failure.report
    case .output(let failure): failure.report
    case .reach(let failure): failure.report
    case .relay(let failure): failure.report
    case .entry(let failure): failure.report
    case .ownFile(let failure): failure.report
    case .own(let failure): failure.report
    }
  }
}

/// A failure of the batch input.
enum InputFailure: Equatable, Sendable {
  case unreadable(name: String, SystemError)
  case unusable(name: String, OutgoingTextChecker.Unusable)
  /// A line of JSON is no message.
  case noMessage(name: String, JSONMessageDecoder.Unusable)
  case failed(name: String, SystemError)

  var report: Failure.Report {
    switch self {
    case .unreadable(let name, let error): .init(.misuse, .noInput, "cannot read \(name): \(error)")
    case .failed(let name, let error): .init(.system, .inputOutput, "reading \(name) failed: \(error)")
    case .unusable(let name, let line): InputFailure.report(name, line)
    case .noMessage(let name, let line):
      .init(.misuse, .badInput, "\(name), line \(line.line) \(line.problem.description)")
    }
  }

  private static func report(_ name: String, _ line: OutgoingTextChecker.Unusable) -> Failure.Report {
    let (problem, advice): (String, String?) =
      switch line.reason {
      case .tooLong: ("is longer than \(Limits.messageBytesMax) bytes, the most one message can be", nil)
      case .nulByte: ("has a NUL byte", "messages are text")
      case .notUTF8: ("is not UTF-8", "messages are text (iconv converts)")
      }
    return .init(.misuse, .badInput, "\(name), line \(line.line) \(problem)", advice: advice)
  }
}

/// A failure of standard output or the terminal.
enum OutputFailure: Equatable, Sendable {
  case unusable(SystemError)
  case terminalUnusable(SystemError)
  /// A write failed.
  /// - lost: the number of lines that could not be written.
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
        "writing to standard output failed: \(reason); \(lost.counted("line", "lines")) could not be written")
    case .stalled(let lost):
      .init(
        .system, .inputOutput,
        "standard output did not take everything in time: \(lost.counted("line", "lines")) could not be written")
    }
  }
}

/// A fault of the program, or of a system that lacks what every program needs.
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
