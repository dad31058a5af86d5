import ChatProtocol
import PeerSecurity
import Sockets
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite(
  "A relay behind a load balancer, and one with a pass, on loopback", .serialized, .timeLimit(.minutes(5)),
  .leavesNoDescriptor)
struct RelayAdmittingTests {
  /// This machine is the balancer.
  private static let balancer = ProxyList(ranges: [AddressRange(NetworkAddress(ipv4: 127 << 24), length: 104)])

  private func header(_ source: String) -> String { "PROXY TCP4 \(source) 192.0.2.1 50000 8463\r\n" }

  private func expectRefusal(_ refusal: Refusal, _ guest: TestGuest, _ relay: RunningRelay) throws {
    #expect(try guest.rest() == String(decoding: RelayReply.refused(refusal).bytes, as: UTF8.self))
    try relay.expectMetric("refusals_total{word=\"\(refusal.word.rawValue)\",reason=\"\(refusal.label)\"}", 1)
  }

  // MARK: Behind a balancer

  @Test("Bounds and lists go by the address in the header", arguments: [1, 2])
  func sources(threads: Int) throws {
    var bounds = Admission.Bounds.none
    bounds.guestsPerSource = 1
    var access = AccessList()
    access.denied = [AddressRange(NetworkAddress(ipv4: 0xC633_6400), length: 120)]
    let relay = try RunningRelay(
      threads: threads, bounds: bounds, access: access, proxies: RelayAdmittingTests.balancer)
    let first = try TestGuest(port: relay.port)
    // Byte by byte, and what the guest sends at once behind it.
    for byte in (header("203.0.113.7") + "TINCAN/1 JOIN tea\n").utf8 { try first.send([byte]) }
    try first.expect("TINCAN/1 WAIT\n")
    #expect(try relay.metric("sources") == 1)
    let same = try TestGuest(port: relay.port)
    try same.send(header("203.0.113.7"))
    try expectRefusal(.tooManyGuestsFromSource, same, relay)
    let denied = try TestGuest(port: relay.port)
    try denied.send(header("198.51.100.9"))
    try expectRefusal(.denied, denied, relay)
    let second = try TestGuest(port: relay.port)
    try second.send(header("203.0.113.8") + "TINCAN/1 JOIN tea\n")
    try second.expect("TINCAN/1 PAIRED 2\n")
    try first.expect("TINCAN/1 PAIRED 1\n")
    try second.send("hello\n")
    try first.expect("hello\n")
  }

  @Test("What follows the header on the plain port is the partner's, whatever it is")
  func plain() throws {
    let relay = try RunningRelay(proxies: RelayAdmittingTests.balancer)
    let first = try TestGuest(port: relay.plainPort)
    let second = try TestGuest(port: relay.plainPort)
    // A second header is text like any other here.
    let text = header("203.0.113.8") + "TINCAN/1 JOIN tea\n"
    try first.send(header("203.0.113.7") + text)
    try second.send([0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 2, 1, 2, 0x21])
    try first.expect("!")
    try second.expect(text)
  }

  @Test("Without a header, with a wrong one, or with one from a stranger, nobody gets in")
  func refused() throws {
    let behind = try RunningRelay(proxies: RelayAdmittingTests.balancer)
    try expectRefusal(.badProxyHeader, try behind.guest(joining: "tea"), behind)
    let twice = try TestGuest(port: behind.port)
    try twice.send(header("203.0.113.7") + header("203.0.113.8") + "TINCAN/1 JOIN tea\n")
    try expectRefusal(.strayProxyHeader, twice, behind)
    let alone = try RunningRelay()
    let stranger = try TestGuest(port: alone.port)
    try stranger.send(header("203.0.113.7") + "TINCAN/1 JOIN tea\n")
    try expectRefusal(.strayProxyHeader, stranger, alone)
    // A balancer's check connects, and leaves without a word, or with a header of its own.
    let check = try TestGuest(port: behind.port)
    check.close()
    let local = try TestGuest(port: behind.port)
    try local.send([0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 0])
    local.close()
    twice.close()
    try behind.expectMetric("guests", 0)
    try behind.expectMetric("lingering", 0)
  }

  // MARK: With a pass

  private static let passes = [UInt8]("the pass of this year\nthe pass of last year\n".utf8)

  /// A guest that asked for a room, and its answer to the relay's question.
  private func asked(
    _ relay: RunningRelay, _ request: JoinRequest, _ pass: Int
  ) throws -> (guest: TestGuest, proof: RelayProof) {
    let guest = try TestGuest(port: relay.port)
    try guest.send(request.bytes[...])
    try guest.expect("TINCAN/1 AUTH ")
    let nonce = try #require(RelayNonce(Array(try guest.next(22).utf8)[...]))
    try guest.expect("\n")
    let passes = try RelayPass.passes(in: RelayAdmittingTests.passes + Array("the pass of a stranger".utf8))
    return (guest, passes[pass].proof(of: request, for: nonce))
  }

  @Test("Guests with a pass of the file meet, an old one and a new one too", arguments: [1, 2])
  func proved(threads: Int) throws {
    let relay = try RunningRelay(threads: threads, passes: try RelayPass.passes(in: RelayAdmittingTests.passes))
    let request = JoinRequest(RoomName("tea")!)
    let (first, new) = try asked(relay, request, 0)
    for byte in new.line { try first.send([byte]) }
    try first.expect("TINCAN/1 WAIT\n")
    let (second, old) = try asked(relay, request, 1)
    try second.send(old.line[...])
    try second.expect("TINCAN/1 PAIRED 2\n")
    try first.expect("TINCAN/1 PAIRED 1\n")
    try first.send("hello\n")
    try second.expect("hello\n")
  }

  @Test("A wrong proof, a recorded one, one for another room, and none at all are denied")
  func denied() throws {
    let relay = try RunningRelay(
      times: GuestTable.Times(preamble: .seconds(1)), passes: try RelayPass.passes(in: RelayAdmittingTests.passes))
    let (tea, coffee) = (JoinRequest(RoomName("tea")!), JoinRequest(RoomName("coffee")!))
    let wrong = String(decoding: RelayReply.refused(.wrongProof).bytes, as: UTF8.self)
    let (stranger, strange) = try asked(relay, tea, 2)
    try stranger.send(strange.line[...])
    #expect(try stranger.rest() == wrong)
    let (recorded, right) = try asked(relay, tea, 0)
    try recorded.send(right.line[...])
    try recorded.expect("TINCAN/1 WAIT\n")
    for request in [tea, coffee] {
      let (replaying, _) = try asked(relay, request, 0)
      try replaying.send(right.line[...])
      #expect(try replaying.rest() == wrong)
    }
    try relay.expectMetric("refusals_total{word=\"denied\",reason=\"wrong_proof\"}", 3)
    let (silent, _) = try asked(relay, tea, 0)
    try expectRefusal(.noProof, silent, relay)
    let (talker, _) = try asked(relay, tea, 0)
    try talker.send("TINCAN/1 JOIN tea\n")
    #expect(try talker.rest() == String(decoding: RelayReply.refused(.noProof).bytes, as: UTF8.self))
  }

  @Test("A relay without a pass never asks for one")
  func none() throws {
    let relay = try RunningRelay()
    try relay.guest(joining: "tea").expect("TINCAN/1 WAIT\n")
  }
}
