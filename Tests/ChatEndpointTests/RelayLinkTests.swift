import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("The link to a relay, over a socket", .serialized, .leavesNoDescriptor)
struct RelayLinkTests {
  private let directory = TemporaryDirectory()
  private let room = RelayRoom(RoomName("tea")!, at: HostPort("relay.example", 8463))
  private let side = RelaySide(Array("AAAAAAAAAAAAAAAAAAAAAA".utf8)[...])!
  private func at(_ seconds: Int) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }

  /// A link on which the room was asked for at time 0, and the relay's end of it.
  private func begin() throws -> (RelayLink, Relay) {
    let ends = try Ends(in: directory)
    let address = ends.address
    let relay = Relay(ends.accepted)
    let link = RelayLink(ends.dialled, to: address, room, side: side, now: at(0))
    #expect(try link.step(now: at(0)) == false)
    return (link, relay)
  }

  /// The relay's end. It is a class, because a tuple holds no noncopyable value.
  private final class Relay {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }
    func send(_ text: String) throws { #expect(try socket.send(Array(text.utf8)[...]) == .moved(text.utf8.count)) }
  }

  @Test("An endpoint that was stopped for a while reads the relay's lines before it judges the silence")
  func stopped() throws {
    let (link, relay) = try begin()
    try relay.send("TINCAN/1 WAIT\n")
    #expect(try link.step(now: at(1)) == false)
    try relay.send("TINCAN/1 WAIT\nTINCAN/1 WAIT\nTINCAN/1 WAIT\n")
    #expect(try link.step(now: at(200)) == false)
    #expect(link.isWaiting)
    #expect(throws: Failure.self) { try link.step(now: at(200) + PreambleLimits.waitSilence) }
  }

  @Test("The reason of a refusal is read even if sending has failed")
  func refusedAtOnce() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    let line = Array("TINCAN/1 ERROR busy this relay is full; try again later\n".utf8)
    #expect(try ends.accepted.send(line[...]) == .moved(line.count))
    ends.accepted.close()
    let link = RelayLink(ends.dialled, to: address, room, side: side, now: at(0))
    let expected = Failure.relay(.refused(room, .atCapacity, text: "this relay is full; try again later"))
    #expect(throws: expected) { while try !link.step(now: at(0)) {} }
  }

  @Test("Bytes that the peer sent right behind the relay's line are still in the socket")
  func joined() throws {
    let (link, relay) = try begin()
    try relay.send("TINCAN/1 PAIRED 2\nhello\n")
    #expect(try link.step(now: at(0)))
    let candidate = try link.takeCandidate()
    #expect(candidate.position == .second)
    let socket = candidate.takeSocket()
    var buffer = [UInt8](repeating: 0, count: 100)
    let moved = try socket.receive(into: &buffer)
    #expect(moved == .moved(6))
    _ = relay
  }
}

struct NoCandidate: Error {}

extension RelayLink {
  fileprivate func takeCandidate() throws -> Candidate {
    guard let candidate = candidate() else { throw NoCandidate() }
    return candidate
  }
}
