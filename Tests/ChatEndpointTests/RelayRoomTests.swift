import ChatProtocol
import Sockets
import Testing

@testable import ChatEndpoint

@Suite("Rooms at a relay, as they are typed")
struct RelayRoomTests {
  @Test(
    "A room, a relay and a port are read and written as they are typed",
    arguments: [
      ("tea@relay.example", "relay.example", UInt16(8463)), ("tea@relay.example:9000", "relay.example", 9000),
      ("tea@[::1]:8463", "::1", 8463), ("tea@[2001:db8::7]:9", "2001:db8::7", 9),
    ])
  func reads(text: String, relay: String, port: UInt16) throws {
    let route = try Route(parsing: text)
    #expect(route == .room(RoomName("tea")!, relays: RelayList(HostPort(relay, port))))
    #expect(route.description == text)
  }

  @Test(
    "A text without a room or a relay is refused",
    arguments: ["@relay", "te a@relay", "tea@", "tea@relay:", "té@relay"])
  func refuses(text: String) {
    #expect(throws: HostPort.Malformed.self) { try Route(parsing: text) }
  }

  @Test("Waiting at a relay without naming a room makes one")
  func makesRoom() throws {
    let made = RoomName("made")!
    #expect(try RelayRoom(parsing: "relay", room: { made }) == RelayRoom(made, at: HostPort("relay", 8463)))
    #expect(try RelayRoom(parsing: "relay:9000", room: { made }) == RelayRoom(made, at: HostPort("relay", 9000)))
    #expect(
      try RelayRoom(parsing: "tea@relay", room: { made }) == RelayRoom(RoomName("tea")!, at: HostPort("relay", 8463)))
    #expect(throws: HostPort.Malformed.self) { try RelayRoom(parsing: "unix:/tmp/x", room: { made }) }
  }
}
