import Basics
import ChatProtocol
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("An endpoint with several relays", .serialized, .leavesNoDescriptor)
struct RelaySearchTests {
  /// Relays that reply as a test wants, and an end that looks for the best, in invented time.
  @MainActor
  fileprivate struct World {
    var search: RelaySearch
    var now = Instant(sinceOrigin: .zero)
    var notes: [String] = []
    /// The relays, the best first; nil for one on whose port nobody listens.
    private var listeners: [Listener?]
    private var guests: [Guest?]

    /// A guest's link at its relay. It is a class, because arrays hold no noncopyable values.
    private final class Guest {
      let socket: Socket
      init(_ socket: consuming Socket) { self.socket = socket }
    }

    /// - Parameter dead: the positions of the relays that are not there.
    init(relays count: Int, dead: Set<Int> = [], endsWhenTaken: Bool = true) throws {
      let made = try (0..<count).map { _ in try Listener(at: [RelayReachTests.loopback(0)]) }
      let list = made.map { "127.0.0.1:\($0.addresses[0].port)" }.joined(separator: ",")
      let room = RelayRoom(RoomName("tea")!, at: try RelayList(parsing: list))
      listeners = room.choices.enumerated().map { index, choice in
        dead.contains(index) ? nil : made.first { $0.addresses[0].port == choice.relay.port }
      }
      guests = listeners.map { _ in nil }
      var dice = Dice(seed: 1)
      let terms = RelaySearch.Terms(
        side: .random(using: &dice), pass: nil, timeout: .seconds(15), option: nil, isReconnecting: false,
        endsWhenTaken: endsWhenTaken)
      search = try RelaySearch(room, terms, now: now)
    }

    /// The positions of the relays that the end has joined.
    var joined: [Int] { guests.indices.filter { guests[$0] != nil } }

    /// Lets the end go on until a condition holds, or it is paired.
    mutating func goOn(until isDone: (World) -> Bool = { _ in false }) throws -> RelayLink? {
      for _ in 0..<500 where !isDone(self) {
        for (index, listener) in listeners.enumerated() {
          guard let listener, guests[index] == nil else { continue }
          if let accepted = try listener.accept(on: listener.numbers[0]) { guests[index] = Guest(accepted.take()) }
        }
        var set = PollSet()
        search.watch(in: &set)
        try set.wait(atMost: .milliseconds(5))
        let link = try search.step(set, now: now)
        notes += search.takeEvents().map(\.sentence)
        if let link { return link }
      }
      return nil
    }

    func reply(_ line: String, at relay: Int) throws {
      #expect(try guests[relay]?.socket.send(Array(line.utf8)[...]) == .moved(line.utf8.count))
    }

    /// Lets the end wait at a relay.
    mutating func letWait(at relay: Int) throws {
      _ = try goOn { $0.joined.contains(relay) }
      try reply("TINCAN/1 WAIT\n", at: relay)
      _ = try goOn(until: \.search.isWaiting)
    }
  }

  @Test("It joins the best first, and while that is about to answer no other")
  func bestFirst() throws {
    var world = try World(relays: 3)
    _ = try world.goOn { $0.joined == [0] }
    world.now = world.now + .milliseconds(900)
    #expect(try world.goOn { $0.joined.count > 1 } == nil)
    #expect(world.joined == [0])
    try world.reply("TINCAN/1 PAIRED 2\n", at: 0)
    #expect(try world.goOn() != nil)
  }

  @Test("A relay that is dead leads to the next one at once, with a word, and no more than one")
  func dead() throws {
    var world = try World(relays: 3, dead: [0])
    _ = try world.goOn { $0.joined == [1] }
    #expect(world.joined == [1])
    #expect(world.notes.count == 1 && world.notes[0].hasSuffix("nobody listens there; trying another relay"))
    try world.reply("TINCAN/1 PAIRED 1\n", at: 1)
    #expect(try world.goOn() != nil)
  }

  @Test("A relay that does not answer for a second keeps its chance, and the next one gets one as well")
  func silent() throws {
    var world = try World(relays: 2)
    _ = try world.goOn { $0.joined == [0] }
    world.now = world.now + .seconds(1)
    _ = try world.goOn { $0.joined == [0, 1] }
    try world.reply("TINCAN/1 PAIRED 2\n", at: 0)
    #expect(try world.goOn() != nil)
  }

  @Test("An end that waits at the best waits at the others too, and the first pair counts")
  func waitsAtAll() throws {
    var world = try World(relays: 2)
    try world.letWait(at: 0)
    let isFirst = world.search.takeWaiting()
    #expect(isFirst)
    world.now = world.now + .seconds(2)
    try world.letWait(at: 1)
    let isReportedTwice = world.search.takeWaiting()
    #expect(!isReportedTwice)
    try world.reply("TINCAN/1 PAIRED 1\n", at: 1)
    #expect(try world.goOn()?.candidate()?.position == .first)
  }

  @Test("A relay that ends while this end waits at another is joined again")
  func comesBack() throws {
    var world = try World(relays: 2, dead: [0])
    try world.letWait(at: 1)
    let due = try #require(world.search.deadline)
    #expect(due - world.now <= .seconds(1), "the dead one is due")
  }

  @Test("Where all fail, each one's reason is named, and the failure may pass if one of them may")
  func allFail() throws {
    var world = try World(relays: 2, dead: [1])
    _ = try world.goOn { $0.joined == [0] }
    try world.reply("TINCAN/1 ERROR denied this relay does not serve your address\n", at: 0)
    do throws(Failure) {
      try world.fail()
      Issue.record("it did not fail")
    } catch {
      guard case .relay(.allFailed(let failures)) = error else {
        Issue.record("another failure: \(error)")
        return
      }
      #expect(failures.count == 2 && error.mayPass && error.isOfReplacement)
      #expect(error.report.problem.hasPrefix("no relay of the list can be used: the relay 127.0.0.1:"))
      #expect(error.report.problem.contains("; cannot reach the relay 127.0.0.1:"))
    }
  }

  @Test(
    "Two in the room end it for one who has not waited, and are one more failure for one who has",
    arguments: [true, false])
  func taken(endsWhenTaken: Bool) throws {
    var world = try World(relays: 2, endsWhenTaken: endsWhenTaken)
    _ = try world.goOn { $0.joined == [0] }
    try world.reply("TINCAN/1 ERROR full two are in that room already\n", at: 0)
    do throws(Failure) {
      try world.fail(until: { $0.joined == [0, 1] })
      #expect(!endsWhenTaken)
    } catch {
      guard endsWhenTaken, case .relay(.refused(_, .roomTaken, _)) = error else {
        Issue.record("another failure: \(error)")
        return
      }
    }
  }

  @Test("A relay's wish for a pass ends with 77, also when the others are dead")
  func passNeeded() throws {
    var world = try World(relays: 2, dead: [0])
    _ = try world.goOn { $0.joined == [1] }
    try world.reply("TINCAN/1 AUTH AAECAwQFBgcICQoLDA0ODw\n", at: 1)
    do throws(Failure) {
      try world.fail()
      Issue.record("it did not fail")
    } catch {
      #expect(error.report.status == .notAdmitted && error.report.advice?.contains("--pass-file") == true)
    }
  }
}

extension RelaySearchTests.World {
  /// Lets the end go on until it fails.
  fileprivate mutating func fail(until isDone: (Self) -> Bool = { _ in false }) throws(Failure) {
    do { _ = try goOn(until: isDone) } catch {
      guard let failure = error as? Failure else { preconditionFailure("\(error)") }
      throw failure
    }
  }
}
