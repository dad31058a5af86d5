import ChatProtocol
import Testing

@testable import ChatEndpoint
@testable import RelayCore

@Suite("Rooms at a relay as targets")
struct RoomTargetTests {
  @Test(
    "A room, a relay and a port are read and written as they are typed",
    arguments: [
      ("tea@relay.example", "relay.example", UInt16(8463)), ("tea@relay.example:9000", "relay.example", 9000),
      ("tea@[::1]:8463", "::1", 8463), ("tea@[2001:db8::7]:9", "2001:db8::7", 9),
    ])
  func reads(text: String, relay: String, port: UInt16) throws {
    let target = try Target(parsing: text)
    #expect(target == .room(RoomName("tea")!, relay: relay, port: port))
    #expect(target.description == text)
  }

  @Test(
    "What is no room or no relay is refused", arguments: ["@relay", "te a@relay", "tea@", "tea@relay:", "té@relay"])
  func refuses(text: String) {
    #expect(throws: Target.Malformed.self) { try Target(parsing: text) }
  }

  @Test("Waiting at a relay without naming a room makes one")
  func makesRoom() throws {
    let made = RoomName("made")!
    #expect(try Target(parsingRelay: "relay", room: { made }) == .room(made, relay: "relay", port: 8463))
    #expect(try Target(parsingRelay: "relay:9000", room: { made }) == .room(made, relay: "relay", port: 9000))
    #expect(
      try Target(parsingRelay: "tea@relay", room: { made }) == .room(RoomName("tea")!, relay: "relay", port: 8463))
    #expect(throws: Target.Malformed.self) { try Target(parsingRelay: "unix:/tmp/x", room: { made }) }
  }
}
