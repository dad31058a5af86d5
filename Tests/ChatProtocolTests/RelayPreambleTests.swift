import TestSupport
import Testing

@testable import ChatProtocol

@Suite("The relay's preamble")
struct RelayPreambleTests {
  @Test("Every line a relay sends is ASCII, ends with its only line feed, and is not too long")
  func replies() {
    let replies = [RelayReply.wait, .paired(.first), .paired(.second)] + Refusal.allCases.map { .refused($0) }
    for reply in replies {
      // In the reply to a browser the line stands behind a head of HTTP.
      let line = reply.bytes.suffix(from: reply.bytes.lastIndex(of: UInt8(ascii: "\r")).map { $0 + 2 } ?? 0)
      #expect(line.count <= PreambleLimits.lineBytesMax, "\(String(decoding: line, as: UTF8.self))")
      #expect(line.allSatisfy { $0 == UInt8(ascii: "\n") || (0x20...0x7E).contains($0) })
      #expect(line.lastIndex(of: UInt8(ascii: "\n")) == line.endIndex - 1)
      #expect(line.firstIndex(of: UInt8(ascii: "\n")) == line.endIndex - 1)
      #expect(line.starts(with: Array("TINCAN/1 ".utf8)))
    }
  }

  @Test("The lines are those of the protocol's page, byte by byte")
  func golden() {
    func text(_ reply: RelayReply) -> String { String(decoding: reply.bytes, as: UTF8.self) }
    #expect(text(.wait) == "TINCAN/1 WAIT\n")
    #expect(text(.paired(.first)) == "TINCAN/1 PAIRED 1\n")
    #expect(text(.paired(.second)) == "TINCAN/1 PAIRED 2\n")
    #expect(text(.refused(.roomTaken)) == "TINCAN/1 ERROR full two are in that room already\n")
    #expect(text(.refused(.tooManyGuests)) == "TINCAN/1 ERROR busy this relay is full; try again later\n")
    #expect(text(.refused(.http)).hasPrefix("HTTP/1.0 400 "))
    #expect(Set(Refusal.allCases.map(\.label)).count == Refusal.allCases.count)
    #expect(Set(Refusal.allCases.map(\.word)) == Set(Refusal.Word.allCases))
  }

  @Test("The request of a guest, as bytes")
  func request() {
    let side = RelaySide(Array("0123456789abcdef-_ABCQ".utf8)[...])!
    #expect(JoinRequest(RoomName("tea")!).bytes.elementsEqual("TINCAN/1 JOIN tea\n".utf8))
    #expect(
      JoinRequest(RoomName("tea")!, side: side).bytes.elementsEqual("TINCAN/1 JOIN tea 0123456789abcdef-_ABCQ\n".utf8))
  }

  @Test("A side is 128 bits, written as base64url and read back")
  func sides() {
    var dice = Dice(seed: 1)
    for _ in 0..<1000 {
      let side = RelaySide.random(using: &dice)
      #expect(side.text.utf8.count == 22)
      #expect(RelaySide(Array(side.text.utf8)[...]) == side)
    }
    let ones = RelaySide(Array("_____________________w".utf8)[...])
    #expect(ones?.text == "_____________________w")
    for text in [
      "_____________________x", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAA+A",
    ] {
      #expect(RelaySide(Array(text.utf8)[...]) == nil)
    }
  }
}
