import ChatProtocol
import Sockets

/// What the end of a conversation means: the status and the sentence, from how the link ended and what was left unsaid.
@MainActor
struct Farewell {
  let departure: Departure

  init(_ link: Link, _ ending: ConversationLife.Ending, input: BatchInput?) {
    let conversation = link.conversation
    // Lines of a file that were never read count too; of a pipe nobody knows.
    let unread = input.flatMap { input in input.total.map { $0 - input.handedOut } } ?? 0
    let unsent = conversation.linesUnsent + unread
    if conversation.wasTurnedAway {
      let lost = conversation.linesSaid > 0 || unread > 0 ? "; nothing of yours was heard" : ""
      departure = Departure(.unavailable, "\(link.peer) is busy, in a conversation with somebody else\(lost)")
      return
    }
    let lines = "\(unsent) \(unsent == 1 ? "line was" : "lines were") not sent"
    switch ending {
    case .goodbye, .peerStayed:
      if unsent > 0 {
        departure = Departure(.undelivered, "\(link.peer) left early: \(lines)")
      } else if link.unacknowledgedBytes > 0 {
        let cause = link.fault.map { "\($0)" } ?? "\(link.peer) did not answer any more"
        departure = Departure(.undelivered, "\(cause): the last \(link.unacknowledgedBytes) bytes did not arrive")
      } else {
        departure = Departure(.goodbye, Farewell.sentence(link, ending))
      }
    case .notTaken:
      departure = Departure(.undelivered, "\(link.peer) does not read: \(lines)")
    case .broken:
      let cause = link.fault.map { "\($0)" } ?? "the link broke"
      let doubt = conversation.linesSaid > 0 ? ", and what was sent last may not have arrived" : ""
      departure = Departure(.undelivered, unsent > 0 ? "\(cause): \(lines)\(doubt)" : "\(cause)\(doubt)")
    }
  }

  private static func sentence(_ link: Link, _ ending: ConversationLife.Ending) -> String {
    if ending == .peerStayed { return "left; \(link.peer) did not say goodbye in time" }
    return link.conversation.peerLeftFirst ? "\(link.peer) left" : "left"
  }
}
