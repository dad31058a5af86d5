/// Another protocol than plain lines, recognised by its first bytes. The other end is then no peer, and sends no
/// messages.
///
/// Each is recognised by what its specification has it send first and no person types: a whole first line for those
/// made of lines, a few binary bytes for the others.
public enum ForeignProtocol: String, Equatable, Sendable, CaseIterable {
  /// The answers of a tincan relay (docs/PROTOCOL.md, "Through a relay").
  case relay
  /// A guest that takes this end for a relay.
  case relayGuest
  /// A tincan endpoint that encrypts, and says so to one that does not.
  case encryptedEndpoint
  /// A TLS record: handshake or alert (RFC 8446 section 5.1).
  case tls
  /// A request or a response (RFC 9112 sections 3 and 4).
  case http
  /// The identification string (RFC 4253 section 4.2).
  case ssh
  /// The greeting of a mail server (RFC 5321 section 3.1).
  case mail
  /// The header of a proxy, version 1 or 2 (the PROXY protocol's specification, sections 2.1 and 2.2).
  case proxy

  /// The line that an endpoint that encrypts sends to one that does not, without its line feed.
  static let encryptedLine = "tincan: encrypted here; connect without --plain"

  /// The reply to an end whose first bytes are not TLS.
  /// - Parameter start: those bytes.
  public static func answer(toPlain start: ArraySlice<UInt8>) -> String {
    line(start.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })?.answer ?? encryptedLine + "\n"
  }

  /// So many bytes decide about the binary ones.
  static let binaryBytes = 12
  private static let proxySignature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]

  /// Recognises a binary protocol by the first bytes of a link, ``binaryBytes`` of them or fewer.
  static func binary(_ start: some Collection<UInt8>) -> ForeignProtocol? {
    let first = Array(start.prefix(3))
    if first.count == 3, first[0] == 0x16 || first[0] == 0x15, first[1] == 0x03, first[2] <= 0x04 { return .tls }
    return start.starts(with: proxySignature) ? .proxy : nil
  }

  /// Recognises a protocol of lines by the first line of a link, without its line feed.
  static func line(_ bytes: ArraySlice<UInt8>) -> ForeignProtocol? {
    // All of them fit into less, and a long line costs no more.
    guard bytes.count <= 1024 else { return nil }
    let line = String(decoding: bytes, as: UTF8.self)
    if line == encryptedLine { return .encryptedEndpoint }
    let words = line.split(separator: " ")
    if line.hasPrefix("TINCAN/"), words.count >= 2 {
      return words[1] == "JOIN" ? .relayGuest : ["WAIT", "PAIRED", "ERROR", "AUTH"].contains(words[1]) ? .relay : nil
    }
    if line.hasPrefix("HTTP/1.") || words.count == 3 && words[2].hasPrefix("HTTP/1.") { return .http }
    if line.hasPrefix("SSH-2.0-") || line.hasPrefix("SSH-1.99-") { return .ssh }
    if line.hasPrefix("220 ") || line.hasPrefix("220-"), line.uppercased().contains("SMTP") { return .mail }
    return line.hasPrefix("PROXY TCP4 ") || line.hasPrefix("PROXY TCP6 ") || line == "PROXY UNKNOWN" ? .proxy : nil
  }

  /// An answer that the other end understands, where there is one.
  public var answer: String? {
    switch self {
    case .relayGuest: "TINCAN/1 ERROR syntax this is a tincan endpoint and no relay: connect to it without a room\n"
    case .http: "HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\nthis is a tincan endpoint, not a web server\n"
    case .tls: "tincan: plain text here; connect with --plain\n"
    case .relay, .encryptedEndpoint, .ssh, .mail, .proxy: nil
    }
  }
}
