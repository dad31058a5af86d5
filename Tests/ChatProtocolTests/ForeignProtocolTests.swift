import Basics
import Testing

@testable import ChatProtocol

@Suite("Another protocol at the other end is recognised")
struct ForeignProtocolTests {
  private static let now = Instant(sinceOrigin: .zero)

  /// The reading of a session of bytes that come in pieces of one size.
  private func session(_ bytes: [UInt8], chunk: Int) -> PlainEnd {
    var plain = PlainEnd(.person)
    for start in stride(from: 0, to: bytes.count, by: chunk) where plain.ending == nil {
      plain.received(bytes[start..<min(start + chunk, bytes.count)], now: ForeignProtocolTests.now)
    }
    return plain
  }

  @Test(
    "What each sends first ends the session, and is no message",
    arguments: [
      ("TINCAN/1 ERROR syntax this is a tincan relay\n", ForeignProtocol.relay), ("TINCAN/1 WAIT\n", .relay),
      ("TINCAN/1 JOIN tea\n", .relayGuest), ("\u{16}\u{3}\u{1}\u{2}", .tls), ("\u{15}\u{3}\u{3}", .tls),
      ("GET / HTTP/1.1\r\nHost: x\r\n", .http), ("HTTP/1.0 400 Bad Request\r\n", .http),
      ("SSH-2.0-OpenSSH_9.2\r\n", .ssh), ("220 mail.example ESMTP\r\n", .mail), ("220-mx SMTP\r\n", .mail),
      ("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n", .proxy), ("\r\n\r\n\0\r\nQUIT\n\u{21}", .proxy),
    ], [1, 5, 4096])
  func recognised(sent: (text: String, expected: ForeignProtocol), chunk: Int) {
    let plain = session(Array(sent.text.utf8), chunk: chunk)
    #expect(plain.ending == .foreign(sent.expected))
    #expect(plain.conversation.inbox.isEmpty)
  }

  @Test(
    "A peer may write about them, or like them later on",
    arguments: [
      "TINCAN/1 is a protocol\n", "220 volts\n", "GET me a coffee\n", "hello\nGET / HTTP/1.1\n", "SSH-2.0\n",
      "PROXY\n", "\n\n", "\u{16}\n", "hello\nTINCAN/1 WAIT\n",
    ], [1, 4096])
  func messages(text: String, chunk: Int) {
    let plain = session(Array(text.utf8), chunk: chunk)
    #expect(plain.ending == nil)
    #expect(plain.conversation.inbox.bytes.elementsEqual(text.utf8))
  }
}
