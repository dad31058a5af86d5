import ChatProtocol
import Glibc
import Sockets
import Testing

@testable import ChatEndpoint

@Suite("The outcome of a conversation")
struct ConversationOutcomeTests {
  private func ended(
    _ ending: SessionEnding, sent: Int = 2, unsent: Int = 0, peerFirst: Bool = false, leaving: Bool = true,
    inputRemains: Bool = false, linkError: SystemError? = nil
  ) -> EndedConversation {
    EndedConversation(
      peerLabel: "bob", ending: ending, peerLeftFirst: peerFirst, wasLeaving: leaving, acceptedCount: sent + unsent,
      sentCount: sent, receivedCount: 0, unsentCount: unsent, inputRemains: inputRemains, endsProgram: true,
      linkError: linkError)
  }

  @Test("Each ending has its status and its sentence")
  func sentences() {
    let reset = SystemError(call: "recv", code: ECONNRESET)
    let rows: [(EndedConversation, ChatEndpoint.ExitStatus, String)] = [
      (ended(.goodbye), .success, "left"),
      (ended(.goodbye, peerFirst: true), .success, "bob left"),
      (ended(.goodbye, unsent: 1), .undelivered, "left before everything was said: 1 line was not sent"),
      (
        ended(.goodbye, peerFirst: true, leaving: false, inputRemains: true), .undelivered,
        "bob left before everything was said"
      ),
      (ended(.noPeerEnd, sent: 0), .success, "left; bob did not say goodbye in time"),
      (
        ended(.noPeerEnd), .undelivered, "left; bob did not say goodbye in time, so it may not have everything"
      ),
      (ended(.foreign(.http)), .foreignProtocol, "bob speaks HTTP: it is a web server or a browser"),
      (
        ended(.foreign(.relay)), .unavailable,
        "bob is a tincan relay, where a room is needed: connect to ROOM@bob"
      ),
      (ended(.notTaken, unsent: 3), .undelivered, "bob does not read: 3 lines were not sent"),
      (ended(.abandoned, unsent: 3), .undelivered, "left at once: 3 lines were not sent"),
      (ended(.abandoned), .undelivered, "left at once; what was sent last may not have arrived"),
      (ended(.abandoned, sent: 0), .undelivered, "left at once"),
      (ended(.broken), .undelivered, "the link broke, and what was sent last may not have arrived"),
      (ended(.broken, sent: 0), .undelivered, "the link broke"),
      (ended(.broken, sent: 0, unsent: 1, linkError: reset), .undelivered, "\(reset): 1 line was not sent"),
    ]
    for (ended, status, sentence) in rows {
      let outcome = ConversationOutcome(ended, isTaken: true)
      #expect(outcome.status == status)
      #expect(outcome.sentence == sentence)
    }
    #expect(ConversationOutcome(ended(.peerBusy), isTaken: false).status == .unavailable)
  }

  @Test("With a peer that acknowledges, 0 needs its goodbye and everything acknowledged; the rest is 75, or 69")
  func acknowledged() {
    func status(_ ending: SessionEnding, unsent: Int = 0, toPerson: Bool = false) -> ChatEndpoint.ExitStatus {
      var facts = ended(ending, unsent: unsent)
      facts.acknowledged = .init(peerIsPerson: toPerson)
      return ConversationOutcome(facts, isTaken: false).status
    }
    #expect(status(.goodbye) == .success)
    #expect(status(.noPeerEnd) == .unavailable)
    // The bound on the drain ended before the peer's goodbye came.
    #expect(status(.notTaken) == .unavailable)
    // A person who does not answer the goodbye may have gone to bed.
    #expect(status(.noPeerEnd, toPerson: true) == .success)
    for lost: SessionEnding in [.broken, .silent, .refusedByPeer(.takenOver), .refused(.storeFull)] {
      for toPerson in [false, true] {
        #expect(status(lost, toPerson: toPerson) == .unavailable)
        #expect(status(lost, unsent: 2, toPerson: toPerson) == .undelivered)
      }
    }
    for ending: SessionEnding in [.goodbye, .noPeerEnd, .notTaken, .abandoned] {
      #expect(status(ending, unsent: 1) == .undelivered)
    }
  }
}
