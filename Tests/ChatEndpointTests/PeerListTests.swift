import MessageStore
import PeerSecurity
import Testing

@testable import ChatEndpoint

@Suite("The list of known peers")
struct PeerListTests {
  private func peer(_ name: String, _ byte: UInt8, met: KnownPeer.Meeting = .directly) throws -> KnownPeer {
    KnownPeer(
      name: try #require(PeerName(name)), fingerprint: Array(repeating: byte, count: 32), metAt: WallTime.noon.seconds,
      met: met, lastMetAt: WallTime.noonOfTheNextDay.seconds, meetingSecret: Array(repeating: 7, count: 32),
      address: met == .directly ? "bob.example:8462" : nil, relay: met == .atRelay ? "relay.example:8463" : nil)
  }

  @Test("The table has a line for each peer, in columns, with the beginning of each fingerprint")
  func table() throws {
    let own = Fingerprint(bytes: Array(repeating: 0, count: 32))
    let list = PeerList(own: own, peers: [try peer("bob", 0xFF), try peer("Christopher", 0, met: .atRelay)])
    let lines = list.table.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 6)
    #expect(lines[0] == "you: \(own)" && lines[1] == "")
    #expect(lines[2] == "NAME         FINGERPRINT           MET                    LAST LINK")
    #expect(lines[3].hasPrefix("bob          zzzz-zzzz-zzzz-zzzz…  2026-11-26 directly    2026-11-27 "))
    #expect(lines[4].hasPrefix("Christopher  0000-0000-0000-0000…  2026-11-26 at a relay  2026-11-27 "))
    #expect(lines[5] == "")
  }

  @Test("While nobody is known, that is what is said, and to programs nothing")
  func nobody() {
    let list = PeerList(own: nil, peers: [])
    #expect(list.table == "Nobody is known yet. Two who pair by a code know each other from then on.\n")
    #expect(list.json == "")
  }

  @Test("Programs get an object a line, with all but the secret")
  func json() throws {
    let list = PeerList(own: nil, peers: [try peer("bob", 0), try peer("eve", 0, met: .atRelay)])
    let fingerprint = Array(repeating: "0000", count: 13).joined(separator: "-")
    let times = #""met":"2026-11-26T12:00:00.000Z","how":"#
    let last = #""last":"2026-11-27T12:00:00.000Z""#
    #expect(
      list.json == """
        {"name":"bob","fingerprint":"\(fingerprint)",\(times)"directly",\(last),"address":"bob.example:8462"}
        {"name":"eve","fingerprint":"\(fingerprint)",\(times)"relay",\(last),"relay":"relay.example:8463"}

        """)
    let own = Fingerprint(bytes: Array(repeating: 0, count: 32))
    #expect(PeerList.json(own: own) == "{\"fingerprint\":\"\(fingerprint)\"}\n")
  }
}
