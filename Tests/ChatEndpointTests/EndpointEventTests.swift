import Basics
import ChatProtocol
import MessageStore
import Sockets
import Testing

@testable import ChatEndpoint

@Suite("An event")
struct EndpointEventTests {
  /// Shared, because the check for leaks does not see a pointer that Swift packs together with the case of an enum.
  private static let relays = RelayList(HostPort("relay", 8463))

  /// One event of each kind, with the sentence for people and the members of the object for programs.
  static let all: [(EndpointEvent, sentence: String, json: String)] = [
    (
      .listening(addresses: ["unix:/tmp/s"], port: nil), "listening on unix:/tmp/s",
      #""event":"listening","addresses":["unix:/tmp/s"]"#
    ),
    (.connecting(to: "host:1"), "connecting to host:1", #""event":"connecting","target":"host:1""#),
    (
      .connecting(to: "host:1", known: "bob at host:1"), "connecting to bob at host:1",
      #""event":"connecting","target":"host:1""#
    ),
    (
      .waitingForKnown(
        name: "bob", at: .room(RoomName("m-1")!, relays: relays),
        relays: relays),
      "waiting for bob at the relay relay; bob runs: tincan connect --via relay NAME, with your name there",
      #""event":"waiting","target":"m-1@relay","peer":"bob""#
    ),
    (
      .linkUp(peer: "host", address: "127.0.0.1:1", .plain), "connected: host (127.0.0.1:1)",
      #""event":"connected","peer":"host","address":"127.0.0.1:1","encrypted":false,"trust":"plain""#
    ),
    (
      .linkUp(peer: "host", address: "127.0.0.1:1", .known(name: "host")), "connected: host (127.0.0.1:1)",
      #""event":"connected","peer":"host","address":"127.0.0.1:1","encrypted":true,"trust":"known""#
    ),
    (
      .interrupted(peer: "host", reason: "it ended"), "the link to host was lost: it ended",
      #""event":"interrupted","peer":"host","reason":"it ended""#
    ),
    (
      .resumed(peer: "host", address: "127.0.0.1:1"), "host is back",
      #""event":"resumed","peer":"host","address":"127.0.0.1:1""#
    ),
    (
      .code("123456-acid-acorn-acre"),
      "have you two never met? Then read this code to the other side, by telephone say: 123456-acid-acorn-acre",
      #""event":"code","code":"123456-acid-acorn-acre""#
    ),
    (
      .waitingForCode("123456-acid-acorn-acre", relays: relays),
      "waiting; tell the other side, by telephone say, to run: tincan connect --via relay, and to type: "
        + "123456-acid-acorn-acre",
      #""event":"waiting","relay":"relay:8463","code":"123456-acid-acorn-acre""#
    ),
    (
      .wrongCode(address: "127.0.0.1:2", guessesLeft: 1),
      "127.0.0.1:2 gave a wrong code; 1 more guess and it is void",
      #""event":"wrong-code","address":"127.0.0.1:2","guesses-left":1"#
    ),
    (
      .notAdmitted(caller: "127.0.0.1:2: no", others: 3), "not let in: 127.0.0.1:2: no; and 3 more",
      #""event":"not-let-in","caller":"127.0.0.1:2: no","others":3"#
    ),
    (
      .refused(address: "127.0.0.1:2", others: 0), "127.0.0.1:2 wanted in, and was told that you are busy",
      #""event":"refused","address":"127.0.0.1:2""#
    ),
    (
      .refused(address: "127.0.0.1:2", others: 36),
      "127.0.0.1:2 and 36 others wanted in, and were told that you are busy",
      #""event":"refused","address":"127.0.0.1:2","others":36"#
    ),
    (.peerEnded(peer: "host"), "host has nothing more to say", #""event":"peer-ended","peer":"host""#),
    (
      .ended(.init(peer: "host", reason: "host left", status: 0, sent: 4, received: 3, unsent: 1)), "host left",
      #""event":"ended","peer":"host","reason":"host left","status":0,"sent":4,"unsent":1,"received":3"#
    ),
    (
      .failed(reason: "cannot", status: 69), "cannot", #""event":"failed","reason":"cannot","status":69"#
    ),
    (.progress(lines: 1, of: 2), "1 of 2 lines sent", #""event":"progress","lines":1,"total":2"#),
    (.progress(lines: 1, of: nil), "1 lines sent", #""event":"progress","lines":1"#),
    (
      .accepted(id: CallerID(Array("a \"b\"".utf8)), name: MessageName(Incarnation(10), 3), isRepeated: false),
      #"accepted: a "b""#, #""event":"accepted","id":"a \"b\"","name":"000000000000000a-3""#
    ),
    (
      .accepted(id: nil, name: MessageName(Incarnation(10), 3), isRepeated: true), "accepted: 000000000000000a-3",
      #""event":"accepted","name":"000000000000000a-3","repeated":true"#
    ),
    (
      .acknowledged(id: CallerID([0x78]), name: MessageName(Incarnation(10), 3)), "acknowledged: x",
      #""event":"acknowledged","id":"x","name":"000000000000000a-3""#
    ),
    (.note("so it is"), "so it is", #""event":"note","text":"so it is""#),
  ]

  @Test("has a sentence and an event", arguments: all.indices)
  func rendered(index: Int) {
    let (event, sentence, json) = EndpointEventTests.all[index]
    #expect(event.sentence == sentence)
    let time = #""time":"2026-11-26T12:00:00.000Z","#
    #expect(event.json(at: .noon).replacing(time, with: "") == "{\(json)}\n")
  }

  @Test("never reaches a terminal unescaped")
  func escaped() {
    #expect(EndpointEvent.note("\u{1B}[2J").sentence == "^[[2J")
    #expect(EndpointEvent.note("\u{1B}[2J").json(at: .noon).contains(#""text":"\u001b[2J""#))
  }

  @Test("of listening everywhere has the name and the address of this machine, as the other side types them")
  func reachable() {
    #expect(EndpointEvent.here(["[::]:8462"], 8462, "vm", "192.0.2.7") == "vm, or 192.0.2.7")
    #expect(EndpointEvent.here(["[::]:99"], 99, "vm", "2001:db8::7") == "vm:99, or [2001:db8::7]:99")
    #expect(EndpointEvent.here(["0.0.0.0:99"], 99, "vm", nil) == "vm:99")
    #expect(EndpointEvent.here(["0.0.0.0:99"], 99, nil, "192.0.2.7") == "192.0.2.7:99")
    #expect(EndpointEvent.here(["[::]:8462"], 8462, nil, nil) == "HOST")
    #expect(EndpointEvent.here(["127.0.0.1:99"], 99, "vm", "192.0.2.7") == "127.0.0.1:99")
  }

  @Test("of listening on a port has the command for the other side")
  func listening() {
    let sentence = EndpointEvent.listening(addresses: ["[::]:8462"], port: 8462).sentence
    #expect(sentence.hasPrefix("listening on port 8462, all addresses; the other side runs: tincan connect "))
    let elsewhere = EndpointEvent.listening(addresses: ["127.0.0.1:99"], port: 99).sentence
    #expect(elsewhere == "listening on port 99 at 127.0.0.1:99; the other side runs: tincan connect 127.0.0.1:99")
  }

  @Test("of progress counts the lines that were sent, not those that wait in the outbox")
  func progress() {
    var conversation = Conversation(party: .batch(stays: false))
    conversation.linkUp()
    for line in ["one", "two", "three"] { conversation.accept(line.utf8) }
    var session = PlainSession(party: .batch(stays: false))
    session.sent(4, &conversation, now: Instant(sinceOrigin: .zero))
    #expect(EndpointEvent.progress(of: conversation, linesLeft: 7).sentence == "1 of 10 lines sent")
    #expect(EndpointEvent.progress(of: conversation, linesLeft: nil).sentence == "1 lines sent")
  }
}
