import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The facts about a conversation whose session has ended, kept until its link is closed and its outcome is known.
struct EndedConversation {
  /// The peer's name at this end.
  let peerLabel: String
  let ending: SessionEnding
  /// Whether the peer ended before this end had begun to.
  let peerLeftFirst: Bool
  /// Whether this end was leaving.
  let wasLeaving: Bool
  let acceptedCount: Int
  let sentCount: Int
  let receivedCount: Int
  /// The number of messages that the kernel did not take, in plain text, or that the peer did not acknowledge; and
  /// those of a file that were never accepted.
  let unsentCount: Int
  /// Whether the input may still have had lines for the peer.
  let inputRemains: Bool
  /// Whether the program ends with this conversation.
  let endsProgram: Bool
  /// The party of a peer that acknowledges what it has; nil for one that does not.
  var acknowledged: Acknowledged?
  /// A peer that acknowledges.
  struct Acknowledged: Equatable {
    let peerIsPerson: Bool
  }
  /// Whether messages that the peer lacks wait in the store.
  var isStored = false
  /// The error that broke the link; nil if none has.
  var linkError: SystemError?
  /// The rule of TLS that the peer broke; nil if it has not.
  var channelFailure: SecurityFailure?
}

/// The outcome of a conversation: an exit status and a sentence. They follow from the session's ending and the messages
/// that the peer lacks.
///
/// `ConversationOutcome+Acknowledged.swift` decides it for a peer that acknowledges. `Link+Breaking.swift` tells how a
/// link breaks before that.
struct ConversationOutcome {
  let status: ExitStatus
  /// A sentence for people, without its period.
  let sentence: String

  /// - Parameter isTaken: whether the peer's machine has taken everything that was sent.
  init(_ ended: EndedConversation, isTaken: Bool) {
    if let known = ConversationOutcome.acknowledged(ended) {
      (status, sentence) = known
      return
    }
    let peer = ended.peerLabel
    let unsent = ended.unsentCount
    let lines = "\(unsent.counted("line was", "lines were")) not sent"
    switch ended.ending {
    case .peerBusy:
      (status, sentence) =
        (.unavailable, "\(peer) is busy, in a conversation with somebody else; nothing of yours was heard")
    case .foreign(let foreign):
      (status, sentence) = (foreign == .relay ? .unavailable : .foreignProtocol, foreign.sentence(about: peer))
    case .goodbye, .noPeerEnd:
      (status, sentence) = ConversationOutcome.orderly(ended, isTaken: isTaken, lines)
    case .notTaken: (status, sentence) = (.undelivered, "\(peer) does not read: \(lines)")
    case .abandoned:
      let loss = unsent > 0 ? ": \(lines)" : ended.sentCount > 0 ? "; what was sent last may not have arrived" : ""
      (status, sentence) = (.undelivered, "left at once\(loss)")
    case .broken, .silent, .violated, .complained, .refused, .refusedByPeer:
      let cause =
        ended.channelFailure.map { "\($0)" } ?? ended.linkError.map { "\($0)" } ?? "the link broke"
      let doubt = ended.sentCount > 0 ? ", and what was sent last may not have arrived" : ""
      (status, sentence) = (.undelivered, unsent > 0 ? "\(cause): \(lines)\(doubt)" : "\(cause)\(doubt)")
    }
  }

  private static func orderly(
    _ ended: EndedConversation, isTaken: Bool, _ lines: String
  ) -> (ExitStatus, String) {
    let peer = ended.peerLabel
    if ended.unsentCount > 0 || ended.inputRemains {
      let who = ended.wasLeaving && !ended.peerLeftFirst ? "left" : "\(peer) left"
      return (.undelivered, "\(who) before everything was said" + (ended.unsentCount > 0 ? ": \(lines)" : ""))
    }
    guard isTaken else {
      let cause = ended.linkError.map { "\($0)" } ?? "\(peer) does not take it"
      return (.undelivered, "\(cause): what was sent last may not have arrived")
    }
    if ended.ending == .noPeerEnd {
      let late = "left; \(peer) did not say goodbye in time"
      // The peer's machine has the bytes, or a relay has them. Nothing shows that the peer read them.
      return ended.sentCount > 0 ? (.undelivered, "\(late), so it may not have everything") : (.success, late)
    }
    return (.success, ended.peerLeftFirst ? "\(peer) left" : "left")
  }
}

extension ForeignProtocol {
  /// The mistake, and what to do.
  /// - Parameter other: the name of the other end here.
  func sentence(about other: String) -> String {
    switch self {
    case .relay: "\(other) is a tincan relay, where a room is needed: connect to ROOM@\(other)"
    case .relayGuest: "\(other) takes this end for a relay; it is to connect without a room"
    case .encryptedEndpoint: "\(other) is encrypted; leave --plain away"
    case .tls: "\(other) speaks TLS, and this end plain text"
    case .http: "\(other) speaks HTTP: it is a web server or a browser"
    case .ssh: "\(other) speaks SSH: check the port"
    case .mail: "\(other) is a mail server: check the port"
    case .proxy: "\(other) sends the header of a proxy, which this end does not take"
    }
  }
}
