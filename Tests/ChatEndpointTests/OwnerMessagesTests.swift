import ChatProtocol
import Testing

@testable import ChatEndpoint

@Suite("What programs of one user send each other about a conversation")
struct OwnerMessagesTests {
  private func request(_ line: String) -> OwnerRequest? { OwnerRequest(Array(line.utf8)[...]) }
  private func reply(_ line: String) -> OwnerReply? { OwnerReply(Array(line.utf8)[...]) }

  @Test("A request is one line, and comes out as it went in")
  func requests() {
    for request in [OwnerRequest.send(text: Array("héllo\n\nyou".utf8)), .takeOver(by: 4711)] {
      let line = request.line
      #expect(line.firstIndex(of: 10) == line.count - 1 && line.count <= OwnerRequest.bytesMax + 1)
      #expect(OwnerRequest(line.dropLast()) == request)
    }
  }

  @Test(
    "What is no request is none",
    arguments: [
      "", "SEND", "SEND ", "send hi", "TAKE-OVER", "TAKE-OVER ", "TAKE-OVER -1", "TAKE-OVER 1x",
      "TAKE-OVER 99999999999", "HELLO",
    ])
  func noRequest(line: String) { #expect(request(line) == nil) }

  @Test("A text may have as many bytes as a message, and not one more", arguments: [0, 1])
  func longest(more: Int) {
    let line = "SEND " + String(repeating: "x", count: Limits.messageBytesMax + more)
    #expect((request(line) == nil) == (more > 0))
    #expect(line.utf8.count - more <= OwnerRequest.bytesMax)
  }

  @Test("A reply is one line, and comes out as it went in")
  func replies() {
    for reply in [OwnerReply.accepted(waiting: 3), .acknowledged, .refused("no room is left")] {
      #expect(reply.line.last == "\n" && self.reply(String(reply.line.dropLast())) == reply)
    }
    #expect(OwnerReply.refused("a\nb").line == "REFUSED a b\n")
  }

  @Test(
    "What is no reply is none",
    arguments: ["", "ACCEPTED", "ACCEPTED x", "ACCEPTED -1", "ACKNOWLEDGED 1", "REFUSED", "accepted 1"])
  func noReply(line: String) { #expect(reply(line) == nil) }
}
