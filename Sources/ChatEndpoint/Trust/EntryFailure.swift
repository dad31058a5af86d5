import ChatProtocol
import PeerSecurity
import Sockets

/// The reason why a peer was not let in, or did not let this end in.
enum EntryFailure: Error, Equatable, Sendable {
  /// The channel could not be made.
  case security(SecurityFailure)
  /// The link broke.
  case broken(SystemError?)
  /// It took too long.
  case timedOut
  /// Not one byte came.
  case sentNothing
  /// The peer announced its end before its first byte.
  case endedWithoutByte
  /// The peer broke the protocol.
  case violated(FrameViolation)
  /// The peer refused this end, with its reason.
  case refusedByPeer(Goodbye)
  /// This end refused the peer, because it is in a conversation or leaves.
  case busyHere
  /// Another program of this user has the conversation with the peer.
  case heldElsewhere
  /// This end refused the link, because the two have another one.
  /// - reason: what the peer is told.
  case otherLink(Goodbye.Reason)
  /// The two codes are not the same, or somebody is between the two.
  case wrongCode
  /// All guesses at the code were made.
  case codeVoid
  /// A code is needed here, and there is none.
  case codeMissing
  /// The two have not met, and neither has a code.
  case nobodyHasCode
  /// The peer does not know this end and has no code.
  case peerLacksCode
  /// The peer lets anybody in, and cannot be vouched for.
  case peerIsOpen
  /// This end lets anybody in, and the peer wants to know who it is.
  case peerIsNotOpen
  /// Another key than the pinned one answered.
  case changedKey(name: String, is: Fingerprint)
  /// Somebody came whom this end does not wait for.
  case unexpectedPeer(Fingerprint)

  /// Whether the same try may succeed later: the link was lost, and nobody has refused anybody.
  var mayPass: Bool {
    switch self {
    case .broken, .timedOut, .sentNothing, .endedWithoutByte: true
    case .security(let failure): failure.family == .interruption
    case .refusedByPeer(let goodbye): [.inputEnded, .leaving].contains(goodbye.reason)
    case .violated, .busyHere, .heldElsewhere, .otherLink, .wrongCode, .codeVoid, .codeMissing, .nobodyHasCode,
      .peerLacksCode,
      .peerIsOpen,
      .peerIsNotOpen, .changedKey, .unexpectedPeer:
      false
    }
  }

  /// Whether a conversation that looks for its peer cannot go on: another key answers, or the peer has lost ours.
  var endsConversation: Bool {
    switch self {
    case .changedKey, .codeMissing, .peerLacksCode, .nobodyHasCode: true
    default: false
    }
  }

  var report: Failure.Report {
    switch self {
    case .security(let failure): EntryFailure.report(of: failure)
    case .broken(let error):
      .init(.system, .unavailable, "\(error.map { "\($0)" } ?? "the link ended") before the two had greeted")
    case .timedOut: .init(.system, .unavailable, "the other side did not greet in time")
    case .sentNothing:
      .init(.system, .unavailable, "the other side sent nothing", advice: "has it been started with --plain?")
    case .endedWithoutByte:
      .init(
        .peerIncompatible, .foreignProtocol, "the other side ended before it had sent anything",
        advice: "has it been started with --plain?")
    case .violated(let violation):
      .init(.peerViolation, .foreignProtocol, "the other side breaks the protocol: \(violation.description)")
    case .refusedByPeer(let goodbye): EntryFailure.report(of: goodbye)
    case .busyHere: .init(.system, .unavailable, "this end is busy")
    case .heldElsewhere:
      .init(
        .misuse, .unavailable, "another tincan of yours has the conversation with this peer",
        advice: "go on there, or end that program")
    case .otherLink: .init(.system, .unavailable, "there is another link to the other side")
    case .changedKey(let name, let fingerprint): EntryFailure.changedKey(of: name, to: fingerprint)
    case .unexpectedPeer(let fingerprint):
      .init(.peerIncompatible, .notAdmitted, "somebody else wanted in, with the key \(fingerprint)")
    case .wrongCode, .codeVoid, .codeMissing, .nobodyHasCode, .peerLacksCode: codeReport
    case .peerIsOpen:
      .init(
        .peerIncompatible, .notAdmitted, "the other side lets anybody in (--open), so nothing vouches for it",
        advice: "--open here accepts that")
    case .peerIsNotOpen:
      .init(
        .peerIncompatible, .notAdmitted, "the other side wants to know whom it talks to, and this end is --open",
        advice: "leave --open away")
    }
  }

  /// The rows about pairing codes.
  private var codeReport: Failure.Report {
    let (problem, advice): (String, String?) =
      switch self {
      case .wrongCode:
        (
          "the code is not the right one, or somebody is between the two of you",
          "ask for a new code, and try again"
        )
      case .codeVoid:
        (
          "three wrong codes came, so the code is void",
          "remove the code file, and 'tincan serve --code-file FILE' makes a new one"
        )
      case .codeMissing:
        (
          "the two have not met, and there is no code here",
          "run both at a terminal, or give both --code-file FILE"
        )
      case .nobodyHasCode:
        (
          "one of the two does not know the other, and the other side has no code now",
          "if three wrong ones came, it shows a new one in a while; else it runs 'tincan serve' without --for"
        )
      default:
        (
          "the other side does not know this key, and has no code",
          "one of the two runs 'tincan serve', which shows one, and the other types it"
        )
      }
    return .init(.peerIncompatible, .notAdmitted, problem, advice: advice)
  }

  private static func changedKey(of name: String, to fingerprint: Fingerprint) -> Failure.Report {
    .init(
      .peerViolation, .notAdmitted,
      "another key than that of \(name) answered (\(fingerprint)): somebody may be between the two of you, or "
        + "\(name) has a new machine or has lost its data",
      advice: "ask \(name) by other means; if it is so, run 'tincan peers forget \(name)' and meet again by a code")
  }

  private static func report(of failure: SecurityFailure) -> Failure.Report {
    let blame: Blame
    let status: ExitStatus
    switch failure.family {
    case .foreign: (blame, status) = (.peerIncompatible, .foreignProtocol)
    case .incompatibility: (blame, status) = (.peerIncompatible, .foreignProtocol)
    case .violation: (blame, status) = (.peerViolation, .foreignProtocol)
    case .refusal: (blame, status) = (.peerIncompatible, .notAdmitted)
    case .interruption: (blame, status) = (.system, .unavailable)
    case .system: (blame, status) = (.ours, .internalFault)
    }
    let advice: String? = failure == .notTLS ? "--plain talks without encryption" : nil
    return .init(blame, status, failure.description, advice: advice)
  }

  private static func report(of goodbye: Goodbye) -> Failure.Report {
    let text = goodbye.text.isEmpty ? "" : ": \(goodbye.text)"
    return switch goodbye.reason {
    case .busy:
      .init(
        .system, .unavailable, "the other side is busy, in a conversation with somebody else",
        advice: "try again later")
    case .notAdmitted: .init(.peerIncompatible, .notAdmitted, "the other side does not let this end in\(text)")
    case .violation:
      .init(.peerIncompatible, .foreignProtocol, "the other side says that this end breaks the protocol\(text)")
    case .takenOver:
      .init(.system, .unavailable, "another program of yours is in a conversation with the other side")
    case .olderGeneration: .init(.system, .unavailable, "the two have a newer link")
    case .storeFull, .storeUnusable: .init(.system, .unavailable, "the other side cannot use its store\(text)")
    case .inputEnded, .leaving, nil: .init(.system, .unavailable, "the other side left\(text)")
    }
  }
}
