import ChatProtocol
import PeerSecurity
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@Suite("Several relays")
struct RelayListTests {
  /// The orders that relay-order.py makes from docs/PROTOCOL.md: the room, the relays as typed, and the relays in their
  /// order with their weights.
  private static let orders: [(room: RoomName, typed: String, relays: [(name: String, weight: UInt64)])] = {
    let folder = #filePath.dropLast("ChatEndpointTests/RelayListTests.swift".count)
    let text = TextFile.read(folder + "ChatProtocolTests/Golden/relay-order.txt") ?? ""
    return text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      let relays = words.dropFirst(2).map { word in
        let parts = word.split(separator: "=")
        return (String(parts[0]), UInt64(parts[1], radix: 16)!)
      }
      return (RoomName(words[0])!, words[1], relays)
    }
  }()

  @Test("The order for a room, and the weights, are those of the protocol's page")
  func order() throws {
    #expect(RelayListTests.orders.count == 8)
    for (room, typed, relays) in RelayListTests.orders {
      let list = try RelayList(parsing: typed)
      #expect(list.ordered(for: room).map { $0.description.lowercased() } == relays.map(\.name))
      for relay in relays { #expect(RelayWeight.of(relay.name, for: room) == relay.weight) }
    }
  }

  @Test("The order does not depend on the one in which relays are typed")
  func typedOrder() throws {
    let one = try RelayList(parsing: "a.example,b.example,c.example")
    let other = try RelayList(parsing: "c.example,a.example,b.example")
    for number in 0..<50 {
      let room = RoomName("p-\(number)")!
      #expect(one.ordered(for: room) == other.ordered(for: room))
    }
  }

  @Test("Rooms lie evenly, and those of a relay that is gone go to all others")
  func evenness() throws {
    let list = try RelayList(parsing: "a.example,b.example,c.example,d.example")
    var counts: [HostPort: Int] = [:]
    var heirs: [HostPort: Int] = [:]
    for number in 0..<4000 {
      let order = list.ordered(for: RoomName("room-\(number)")!)
      counts[order[0], default: 0] += 1
      if order[0].host == "a.example" { heirs[order[1], default: 0] += 1 }
    }
    for relay in list.relays { #expect((880...1120).contains(counts[relay] ?? 0)) }
    for relay in list.relays.dropFirst() { #expect((260...410).contains(heirs[relay] ?? 0)) }
  }

  @Test(
    "A list is read and written as it is typed, each relay once",
    arguments: [
      ("relay", "relay", "relay:8463"), ("a,b:9000", "a,b:9000", "a:8463,b:9000"),
      ("a,A:8463,b,a", "a,b", "a:8463,b:8463"), ("[::1],::1,[::1]:9", "[::1]:8463,[::1]:9", "[::1]:8463,[::1]:9"),
    ])
  func reads(text: String, typed: String, kept: String) throws {
    let list = try RelayList(parsing: text)
    #expect(list.asTyped == typed)
    #expect(list.description == kept)
    #expect(try RelayList(parsing: kept) == list)
    #expect(try RelayList(parsing: typed) == list)
  }

  @Test(
    "A list with a bad entry is refused, and the entry named",
    arguments: [
      ("a,,b", "an entry of the list is empty"), ("a,", "an entry of the list is empty"),
      ("a,b:0", "'b:0': '0' is not a port: a number from 1 to 65535 is needed"),
      ("a, b", "' b': a host name has no spaces or control characters"),
      ("unix:/x", "a relay is a host, not a socket file"),
      ("a,unix:/x", "'unix:/x': a relay is a host, not a socket file"),
      ("r1,r2,r3,r4,r5,r6,r7,r8,r9", "at most 8 relays are possible"), ("", "no host name in ''"),
    ])
  func refuses(text: String, reason: String) {
    #expect(throws: HostPort.Malformed(reason)) { try RelayList(parsing: text) }
  }

  @Test("A room at several relays is one route, and a room at each")
  func rooms() throws {
    let route = try Route(parsing: "tea@a.example,b.example:9")
    #expect(route.description == "tea@a.example,b.example:9")
    let room = try RelayRoom(parsing: "tea@a.example,b.example:9") { RoomName("made")! }
    #expect(room.route == route)
    #expect(Set(room.choices.map(\.relay)) == [HostPort("a.example", 8463), HostPort("b.example", 9)])
    #expect(room.choices.allSatisfy { $0.room == room.room && $0.relays.relays.count == 1 })
  }
}
