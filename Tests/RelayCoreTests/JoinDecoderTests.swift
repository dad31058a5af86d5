import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("A guest's first line")
struct JoinDecoderTests {
  private static let sideText = "0123456789abcdef-_ABCQ"
  private static let side = RelaySide(Array(sideText.utf8)[...])!

  private func judge(_ text: String) -> JoinDecoder.Step {
    var decoder = JoinDecoder()
    return decoder.decode(Array(text.utf8)[...])
  }

  @Test(
    "A first line is a room, a refusal, or not complete",
    arguments: [
      ("TINCAN/1 JOIN a\n", JoinDecoder.Step.join(JoinRequest(RoomName("a")!))),
      ("TINCAN/1 JOIN p-482913\n", .join(JoinRequest(RoomName("p-482913")!))),
      ("TINCAN/1 JOIN Az09-_\n", .join(JoinRequest(RoomName("Az09-_")!))),
      ("", .incomplete),
      ("TINCAN/1", .incomplete),
      ("TINCAN/1 JOIN ", .incomplete),
      ("TINCAN/1 JOIN room", .incomplete),
      ("TINCAN/1 JOIN \n", .refused(.badRoom)),
      (
        "TINCAN/1 JOIN a \(JoinDecoderTests.sideText)\n",
        .join(JoinRequest(RoomName("a")!, side: JoinDecoderTests.side))
      ),
      ("TINCAN/1 JOIN a \(JoinDecoderTests.sideText)", .incomplete),
      ("TINCAN/1 JOIN a ", .incomplete),
      ("TINCAN/1 JOIN a \(JoinDecoderTests.sideText)x", .refused(.badSide)),
      ("TINCAN/1 JOIN a \(JoinDecoderTests.sideText) \n", .refused(.badSide)),
      ("TINCAN/1 JOIN a \(JoinDecoderTests.sideText)\nhello", .refused(.sentTooEarly)),
      // Four bits too many.
      ("TINCAN/1 JOIN a \(JoinDecoderTests.sideText.dropLast())B\n", .refused(.badSide)),
      ("TINCAN/1 JOIN a b\n", .refused(.badSide)),
      ("TINCAN/1 JOIN a \n", .refused(.badSide)),
      ("TINCAN/1 JOIN a=", .refused(.badRoom)),
      ("TINCAN/1 JOIN a\r\n", .refused(.badRoom)),
      ("TINCAN/1 JOIN ä\n", .refused(.badRoom)),
      ("TINCAN/1 JOIN a/b", .refused(.badRoom)),
      ("TINCAN/1 JOIN a\nhello", .refused(.sentTooEarly)),
      ("TINCAN/1 JOIN a\n\n", .refused(.sentTooEarly)),
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
    arguments: [
      "TINCAN/1 JOIN some-room_7\n", "TINCAN/1 JOIN tea AAAAAAAAAAAAAAAAAAAAAA\n", "TINCAN/3 JOIN a\n",
      "POST / HTTP/1.1\r\n",
    ])
  func split(text: String) {
    let bytes = Array(text.utf8)
    let whole = judge(text)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var decoder = JoinDecoder()
        var steps: [JoinDecoder.Step] = []
        for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
          guard steps.last ?? .incomplete == .incomplete else { break }
          steps.append(decoder.decode(piece))
        }
        // A refusal because of later bytes cannot be known before they come.
        #expect(steps.last == whole || steps.last == .refused(.notAJoin) && whole == .refused(.http))
      }
    }
  }

  @Test("The longest name fits, and one byte more does not")
  func longestName() {
    let longest = String(repeating: "r", count: PreambleLimits.roomBytesMax)
    #expect(judge("TINCAN/1 JOIN \(longest)\n") == .join(JoinRequest(RoomName(longest)!)))
    #expect(judge("TINCAN/1 JOIN \(longest)") == .incomplete)
    #expect(judge("TINCAN/1 JOIN \(longest)r") == .refused(.badRoom))
    #expect(RoomName(longest + "r") == nil)
    let request = JoinRequest(RoomName(longest)!, side: JoinDecoderTests.side)
    #expect(request.bytes.count <= PreambleLimits.lineBytesMax)
    #expect(judge(String(decoding: request.bytes, as: UTF8.self)) == .join(request))
  }

  @Test("Ten megabytes without a line feed are refused before a line's length of them was kept")
  func endlessLine() {
    var decoder = JoinDecoder()
    let flood = [UInt8](repeating: UInt8(ascii: "r"), count: 10 << 20)
    #expect(decoder.decode(flood[...]) == .refused(.notAJoin))
    var joined = JoinDecoder()
    #expect(joined.decode((Array("TINCAN/1 JOIN ".utf8) + flood)[...]) == .refused(.badRoom))
  }
}
