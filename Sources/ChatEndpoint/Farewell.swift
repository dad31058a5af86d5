import ChatProtocol
import Sockets

/// What the end of a conversation means: the status and the sentence, from how the link ended and what was left unsaid.
@MainActor
struct Farewell {
  let status: Departure.Status
  /// Without its period.
  let sentence: String
  /// Lines the peer lacks, as far as we know: said and not sent, and those of a file that were never said.
  let unsent: Int

  /// - Parameter input: the input that was meant for this peer and nobody else; nil when another may get the rest.
  init(_ link: Link, _ ending: ConversationLife.Ending, input: BatchInput?) {
    let conversation = link.conversation
    unsent = conversation.linesUnsent + (input?.linesLeft ?? 0)
    (status, sentence) =
      conversation.wasTurnedAway
      ? (.unavailable, "\(link.peer) is busy, in a conversation with somebody else; nothing of yours was heard")
      : Farewell.judge(link, ending, unsent: unsent)
  }

  private static func judge(
    _ link: Link, _ ending: ConversationLife.Ending, unsent: Int
  ) -> (Departure.Status, String) {
    let conversation = link.conversation
    let lines = "\(unsent) \(unsent == 1 ? "line was" : "lines were") not sent"
    switch ending {
    case .goodbye, .peerStayed:
      if unsent > 0 {
        let who = conversation.isLeaving && !conversation.peerLeftFirst ? "left" : "\(link.peer) left"
        return (.undelivered, "\(who) before everything was said: \(lines)")
      }
      if link.unacknowledgedBytes > 0 {
        let cause = link.fault.map { "\($0)" } ?? "\(link.peer) does not take it"
        return (.undelivered, "\(cause): what was sent last did not arrive")
      }
      if ending == .peerStayed { return (.goodbye, "left; \(link.peer) did not say goodbye in time") }
      return (.goodbye, conversation.peerLeftFirst ? "\(link.peer) left" : "left")
    case .notTaken:
      return (.undelivered, "\(link.peer) does not read: \(lines)")
    case .broken:
      let cause = link.fault.map { "\($0)" } ?? "the link broke"
      let doubt = conversation.linesSaid > 0 ? ", and what was sent last may not have arrived" : ""
      return (.undelivered, unsent > 0 ? "\(cause): \(lines)\(doubt)" : "\(cause)\(doubt)")
    }
  }
}
