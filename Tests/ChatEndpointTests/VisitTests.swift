import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("A visit to a relay, over a socket", .serialized, .leavesNoDescriptor)
struct VisitTests {
  private let directory = TemporaryDirectory()
  private let target = Target.room(RoomName("tea")!, relay: "relay.example", port: 8463)
  private func at(_ seconds: Int) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }

  /// A visit that has asked for its room at time 0, and the relay's end of it.
  private func begin() throws -> (Visit, Relay) {
    let ends = try Ends(in: directory)
    let address = ends.address
    let relay = Relay(ends.accepted)
    let visit = Visit(ends.dialled, to: address, target, joining: RoomName("tea")!, now: at(0))
    #expect(try visit.step(now: at(0)) == false)
    return (visit, relay)
  }

  /// A tuple holds no noncopyable socket.
  private final class Relay {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }
    func say(_ text: String) throws { #expect(try socket.send(Array(text.utf8)[...]) == .moved(text.utf8.count)) }
  }

  @Test("Who was stopped for a while hears what the relay said meanwhile before judging its silence")
  func stopped() throws {
    let (visit, relay) = try begin()
    try relay.say("TINCAN/1 WAIT\n")
    #expect(try visit.step(now: at(1)) == false)
    try relay.say("TINCAN/1 WAIT\nTINCAN/1 WAIT\nTINCAN/1 WAIT\n")
    #expect(try visit.step(now: at(200)) == false)
    #expect(visit.isWaiting)
    #expect(throws: Departure.self) { try visit.step(now: at(200) + PreambleLimits.waitSilence) }
  }

  @Test("Why it was refused is heard also where asking has failed")
  func refusedAtOnce() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    let line = Array("TINCAN/1 ERROR busy this relay is full; try again later\n".utf8)
    #expect(try ends.accepted.send(line[...]) == .moved(line.count))
    ends.accepted.close()
    let visit = Visit(ends.dialled, to: address, target, joining: RoomName("tea")!, now: at(0))
    let expected = Departure(
      .unavailable, "the relay relay.example:8463 is busy: this relay is full; try again later")
    #expect(throws: expected) { while try !visit.step(now: at(0)) {} }
  }

  @Test("Once joined, what the peer sent right behind the line is still there")
  func joined() throws {
    let (visit, relay) = try begin()
    try relay.say("TINCAN/1 PAIRED 2\nhello\n")
    #expect(try visit.step(now: at(0)))
    let socket = visit.take()
    var buffer = [UInt8](repeating: 0, count: 100)
    let moved = try socket.receive(into: &buffer)
    #expect(moved == .moved(6))
    _ = relay
  }
}
