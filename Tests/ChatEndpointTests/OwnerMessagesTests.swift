import ChatProtocol
import MessageStore
import Testing

@testable import ChatEndpoint

@Suite("What programs of one user send each other about a conversation")
struct OwnerMessagesTests {
  private func request(_ line: String) -> OwnerRequest? { OwnerRequest(Array(line.utf8)[...]) }
  private func reply(_ line: String) -> OwnerReply? { OwnerReply(Array(line.utf8)[...]) }

  @Test("A request is one line, and comes out as it went in")
  func requests() {
    let text = Array("héllo\n\nyou ".utf8)
    let longest = Array(repeating: UInt8(ascii: "x"), count: Limits.messageBytesMax)
    let requests = [
      OwnerRequest.send(SubmittedMessage(text: text, id: nil)), .await, .takeOver(by: 4711),
      .send(SubmittedMessage(text: text, id: CallerID(Array("an id\n\u{1F40C} ".utf8)))),
      .send(SubmittedMessage(text: longest, id: CallerID(Array(longest.prefix(CallerID.bytesMax))))),
    ]
    for request in requests {
      let line = request.line
      #expect(line.firstIndex(of: 10) == line.count - 1 && line.count <= OwnerRequest.bytesMax + 1)
      #expect(OwnerRequest(line.dropLast()) == request)
    }
  }

  @Test(
    "What is no request is none",
    arguments: [
      "", "SEND", "SEND ", "send hi", "SEND-AS", "SEND-AS 61", "SEND-AS 61 ", "SEND-AS  x", "SEND-AS 6 x",
      "SEND-AS 6G x", "SEND-AS 00 x", "SEND-AS C3 x", "SEND-AS c3 x", "AWAIT ", "AWAIT x", "TAKE-OVER", "TAKE-OVER ",
      "TAKE-OVER -1", "TAKE-OVER +1", "TAKE-OVER 1x",
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
    let name = MessageName(Incarnation(0xC0FFEE), 12)
    for reply in [
      OwnerReply.accepted(waiting: 3, name, isRepeated: false), .accepted(waiting: 0, name, isRepeated: true),
      .acknowledged, .leaving, .refused("no room is left"),
    ] {
      #expect(reply.line.last == "\n" && self.reply(String(reply.line.dropLast())) == reply)
    }
    #expect(OwnerReply.refused("a\nb\r\nc").line == "REFUSED a b\r c\n")
    #expect(
      OwnerReply.accepted(waiting: 3, name, isRepeated: false).line == "ACCEPTED 3 0000000000c0ffee-12 NEW\n")
  }

  @Test(
    "What is no reply is none",
    arguments: [
      "", "ACCEPTED", "ACCEPTED x", "ACCEPTED -1", "ACKNOWLEDGED 1", "LEAVING x", "REFUSED", "accepted 1", "ACCEPTED 3",
      "ACCEPTED -1 0000000000c0ffee-12 NEW", "ACCEPTED +3 0000000000c0ffee-12 NEW",
      "ACCEPTED 3 c0ffee-12 NEW", "ACCEPTED 3 0000000000c0ffee-0 NEW",
      "ACCEPTED 3 0000000000c0ffee-012 NEW", "ACCEPTED 3 0000000000C0FFEE-12 NEW", "ACCEPTED 3 0000000000c0ffee-12 OLD",
      "ACCEPTED 3 0000000000c0ffee-12 NEW 4",
    ])
  func noReply(line: String) { #expect(reply(line) == nil) }
}
