import Basics
import ChatProtocol

/// Outcomes with a peer that acknowledges what it has, as ``AcknowledgedOutcome`` decides them.
extension ConversationOutcome {
  /// - Returns: nil if the peer does not acknowledge.
  static func acknowledged(_ ended: EndedConversation) -> (ExitStatus, String)? {
    guard let acknowledged = ended.acknowledged else { return nil }
    let peer = ended.peerLabel
    let outcome = AcknowledgedOutcome(
      ended.ending, unsentCount: ended.unsentCount, inputRemains: ended.inputRemains,
      peerIsPerson: acknowledged.peerIsPerson)
    switch (outcome, ended.ending) {
    case (.breach, _): return (.foreignProtocol, with(ended, cause(of: ended)))
    case (.undelivered, _): return (.undelivered, with(ended, cause(of: ended)))
    case (.peerLost, .noPeerEnd), (.peerLost, .notTaken):
      return (.unavailable, "\(peer) has everything, but went without a goodbye")
    case (.peerLost, _): return (.unavailable, "\(cause(of: ended)); \(peer) has everything that was sent")
    case (.success, .abandoned): return (.success, "left at once")
    case (.success, _): return (.success, ended.peerLeftFirst ? "\(peer) left" : "left")
    }
  }

  private static func cause(of ended: EndedConversation) -> String {
    let peer = ended.peerLabel
    switch ended.ending {
    case .violated(let violation): return "\(peer) breaks the protocol: \(violation.description)"
    case .complained(let text): return "\(peer) says that this end breaks the protocol: \(text)"
    case .notTaken: return "\(peer) does not take what is sent"
    case .silent: return "\(peer) does not answer any more"
    case .abandoned: return "left at once"
    case .refused(let reason): return "this end \(reason.sentence)"
    case .refusedByPeer(.takenOver): return "another program of yours goes on with this conversation"
    case .refusedByPeer(let reason): return "\(peer) \(reason.sentence)"
    case .broken:
      return ended.channelFailure.map { "\($0)" } ?? ended.linkError.map { "\($0)" } ?? "\(peer) went without a goodbye"
    default: return ended.wasLeaving && !ended.peerLeftFirst ? "left" : "\(peer) left"
    }
  }

  /// Adds how much was not acknowledged. Nobody here knows whether it arrived.
  private static func with(_ ended: EndedConversation, _ cause: String) -> String {
    if ended.isStored, ended.unsentCount > 0 {
      return "\(cause); \(waiting(ended.unsentCount, for: ended.peerLabel))"
    }
    guard ended.unsentCount > 0 else { return ended.inputRemains ? "\(cause); not everything was said" : cause }
    return "\(cause): \(ended.unsentCount.counted("message was", "messages were")) not acknowledged"
  }

  /// How many messages stay in the store for a peer.
  static func waiting(_ count: Int, for peer: String) -> String {
    let messages = count.counted("message waits for \(peer), and goes", "messages wait for \(peer), and go")
    return "\(messages) out when you two meet next"
  }
}

extension Goodbye.Reason {
  /// The reason for which an end ends a session without leaving the conversation, behind the name of that end.
  fileprivate var sentence: String {
    switch self {
    case .inputEnded, .leaving: "left"
    case .busy: "is in a conversation with somebody else"
    case .violation: "reports a breach of the protocol"
    case .notAdmitted: "does not let the other in"
    case .takenOver: "goes on with this conversation in another program"
    case .olderGeneration: "has a newer link of this conversation"
    case .storeFull: "cannot store what it receives: the disk is full"
    case .storeUnusable: "cannot keep what it receives"
    }
  }
}
