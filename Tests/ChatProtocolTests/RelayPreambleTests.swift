import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("The relay's preamble")
struct RelayPreambleTests {
  private func judge(_ text: String) -> JoinDecoder.Step {
    var decoder = JoinDecoder()
    return decoder.take(Array(text.utf8)[...])
  }

  @Test(
    "A first line is a room, a refusal, or not complete",
    arguments: [
      ("TINCAN/1 JOIN a\n", JoinDecoder.Step.join(RoomName("a")!)),
      ("TINCAN/1 JOIN p-482913\n", .join(RoomName("p-482913")!)),
      ("TINCAN/1 JOIN Az09-_\n", .join(RoomName("Az09-_")!)),
      ("", .incomplete),
      ("TINCAN/1", .incomplete),
      ("TINCAN/1 JOIN ", .incomplete),
      ("TINCAN/1 JOIN room", .incomplete),
      ("TINCAN/1 JOIN \n", .refused(.badRoom)),
      ("TINCAN/1 JOIN a b\n", .refused(.badRoom)),
      ("TINCAN/1 JOIN a\r\n", .refused(.badRoom)),
      ("TINCAN/1 JOIN ä\n", .refused(.badRoom)),
      ("TINCAN/1 JOIN a/b", .refused(.badRoom)),
      ("TINCAN/1 JOIN a\nhello", .refused(.spokeTooEarly)),
      ("TINCAN/1 JOIN a\n\n", .refused(.spokeTooEarly)),
      ("TINCAN/2 JOIN a\n", .refused(.otherVersion)),
      ("TINCAN/10 JOIN a\n", .refused(.otherVersion)),
      ("TINCAN/1x", .refused(.notAJoin)),
      ("TINCAN/", .incomplete),
      ("TINCAN/1 WAIT\n", .refused(.notAJoin)),
      ("tincan/1 join a\n", .refused(.notAJoin)),
      ("hello\n", .refused(.notAJoin)),
      ("\n", .refused(.notAJoin)),
      ("\0", .refused(.notAJoin)),
      ("G", .incomplete),
      ("GET /", .refused(.http)),
      ("GETTING", .refused(.notAJoin)),
      ("TRACE / HTTP/1.1\r\n", .refused(.http)),
      ("PRI * HTTP/2.0\r\n", .refused(.http)),
      ("\u{16}\u{3}\u{1}", .refused(.tls)),
    ])
  func firstLine(text: String, step: JoinDecoder.Step) {
    #expect(judge(text) == step)
  }

  @Test(
    "A line that comes in pieces, split anywhere, is judged as a whole one",
    arguments: ["TINCAN/1 JOIN some-room_7\n", "TINCAN/3 JOIN a\n", "POST / HTTP/1.1\r\n"])
  func split(text: String) {
    let bytes = Array(text.utf8)
    let whole = judge(text)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var decoder = JoinDecoder()
        var steps: [JoinDecoder.Step] = []
        for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
          guard steps.last ?? .incomplete == .incomplete else { break }
          steps.append(decoder.take(piece))
        }
        // Some lines are refused for the bytes behind them, so a split may give another reason.
        #expect(steps.last == whole || steps.last == .refused(.notAJoin) && whole == .refused(.http))
      }
    }
  }

  @Test("The longest name fits, and one byte more does not")
  func longestName() {
    let longest = String(repeating: "r", count: PreambleLimits.roomBytesMax)
    #expect(judge("TINCAN/1 JOIN \(longest)\n") == .join(RoomName(longest)!))
    #expect(judge("TINCAN/1 JOIN \(longest)") == .incomplete)
    #expect(judge("TINCAN/1 JOIN \(longest)r") == .refused(.badRoom))
    #expect(RoomName(longest + "r") == nil)
  }

  @Test("Ten megabytes without a line feed are refused before more than a line of them is kept")
  func endlessLine() {
    var decoder = JoinDecoder()
    let flood = [UInt8](repeating: UInt8(ascii: "r"), count: 10 << 20)
    #expect(decoder.take(flood[...]) == .refused(.notAJoin))
    var joined = JoinDecoder()
    #expect(joined.take((Array("TINCAN/1 JOIN ".utf8) + flood)[...]) == .refused(.badRoom))
  }

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
    #expect(text(.refused(.full)) == "TINCAN/1 ERROR full two are in that room already\n")
    #expect(text(.refused(.http)).hasPrefix("HTTP/1.0 400 "))
    #expect(Set(Refusal.allCases.map(\.label)).count == Refusal.allCases.count)
    #expect(Set(Refusal.allCases.map(\.word)) == Set(Refusal.Word.allCases))
  }
}
