import TestSupport
import Testing

@testable import PeerSecurity

/// The pairing that Golden/pairing.py makes from docs/PROTOCOL.md, byte for byte.
@Suite("Golden pairing")
struct GoldenPairingTests {
  private static let lines: [[UInt8]] = {
    let folder = #filePath.dropLast("PeerSecurityTests/GoldenPairingTests.swift".count)
    let text = TextFile.read(folder + "ChatProtocolTests/Golden/pairing.txt") ?? ""
    return text.split(separator: "\n").map { line in
      let digits = Array(line.prefix { $0 != " " })
      return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
  }()

  private func end(_ role: TLSChannel.Role, _ password: PairingPassword) -> PairingExchange {
    let client = Fingerprint(bytes: [UInt8](repeating: 0x11, count: 32))
    let server = Fingerprint(bytes: [UInt8](repeating: 0x22, count: 32))
    let (own, peer) = role == .client ? (client, server) : (server, client)
    return PairingExchange(
      role, own: own, peer: peer, password, channelKey: [UInt8](repeating: 0x33, count: 32),
      scalar: [UInt8](repeating: role == .client ? 0x44 : 0x55, count: 32))
  }

  @Test("The password and the four messages are those of the protocol's page")
  func messages() throws {
    let lines = GoldenPairingTests.lines
    try #require(lines.count == 5)
    let password = try PairingPassword(PairingCode("482913-walrus-lemon-violin"))
    #expect(password.scalar == lines[0])
    var (client, server) = (end(.client, password), end(.server, password))
    let share = client.begin() ?? []
    #expect(share == lines[1])
    let answer = server.receive(share[...]) ?? []
    #expect(answer == lines[2])
    let confirmation = client.receive(answer[...]) ?? []
    #expect(confirmation == lines[3])
    let last = server.receive(confirmation[...]) ?? []
    #expect(last == lines[4])
    #expect(client.receive(last[...]) == nil && client.state == .agreed && server.state == .agreed)
  }
}
