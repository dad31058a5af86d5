import TestSupport
import Testing

@testable import ChatProtocol

@Suite("The relay's preamble")
struct RelayPreambleTests {
  @Test("Every line a relay sends is ASCII, ends with its only line feed, and is not too long")
  func replies() {
    var dice = Dice(seed: 2)
    let nonce = RelayNonce.random(using: &dice)
    let replies =
      [RelayReply.prove(nonce), .wait, .paired(.first), .paired(.second)] + Refusal.allCases.map { .refused($0) }
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
    let nonce = RelayNonce(Array("AAECAwQFBgcICQoLDA0ODw".utf8)[...])!
    #expect(text(.prove(nonce)) == "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0ODw\n")
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
  @Test("A nonce is 128 bits and a proof 256, written as base64url and read back")
  func noncesAndProofs() {
    var dice = Dice(seed: 3)
    for _ in 0..<1000 {
      let nonce = RelayNonce.random(using: &dice)
      #expect(nonce.text.utf8.count == 22)
      #expect(RelayNonce(Array(nonce.text.utf8)[...]) == nonce)
      let code = (0..<32).map { _ in UInt8.random(in: 0...255, using: &dice) }
      let line = RelayProof(code: code).line
      #expect(line.starts(with: Array("TINCAN/1 PROOF ".utf8)) && line.last == UInt8(ascii: "\n"))
      #expect(line.count == 15 + 43 + 1 && line.count <= PreambleLimits.lineBytesMax)
      #expect(RelayProof(line.dropFirst(15).dropLast())?.code == code)
    }
    let counting = RelayProof(code: Array(0..<32)).line
    #expect(counting.elementsEqual("TINCAN/1 PROOF AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n".utf8))
    for text in [
      "AAECAwQFBgcICQoLDA0ODz", "AAECAwQFBgcICQoLDA0OD", "AAECAwQFBgcICQoLDA0ODwA", "AAECAwQFBgcICQoLDA0O=w",
    ] {
      #expect(RelayNonce(Array(text.utf8)[...]) == nil, "\(text)")
    }
    let zeros = String(repeating: "A", count: 42)
    #expect(RelayProof(Array((zeros + "A").utf8)[...]) != nil)
    for text in [zeros, zeros + "B", zeros + "AA", zeros + "="] {
      #expect(RelayProof(Array(text.utf8)[...]) == nil, "\(text)")
    }
  }
}
