import Basics
import ChatProtocol
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("An endpoint on its way into a room", .serialized, .leavesNoDescriptor)
struct RelayReachTests {
  /// A relay that replies as a test wants, and an endpoint that dials it, in invented time.
  @MainActor
  private struct World {
    var reach: RelayReach
    var now = Instant(sinceOrigin: .zero)
    var shown: [String] = []
    var isPaired = false
    let listener: Listener

    init(servesAgain: Bool, room name: String = "tea") throws {
      listener = try Listener(at: [RelayReachTests.loopback(0)])
      let room = RelayRoom(RoomName(name)!, at: HostPort("127.0.0.1", listener.addresses[0].port))
      reach = try RelayReach(waitingAt: room, servesAgain: servesAgain, now: now)
    }

    init(connecting dialling: Settings.Dialling, room name: String = "tea") throws {
      listener = try Listener(at: [RelayReachTests.loopback(0)])
      let room = RelayRoom(RoomName(name)!, at: HostPort("127.0.0.1", listener.addresses[0].port))
      reach = try RelayReach(connectingTo: room, dialling, now: now)
    }

    /// Lets the endpoint join at the relay, which sends `line` and closes.
    /// - Parameter isDone: when to go on with the test: once the endpoint pauses.
    /// - Returns: the failure, if the endpoint gives up.
    mutating func join(_ line: String, until isDone: (World) -> Bool = { $0.pause != nil }) throws -> Failure? {
      for _ in 0..<1000 {
        var set = PollSet()
        reach.watch(in: &set)
        for number in listener.numbers { set.watch(number, for: .reading) }
        try set.wait(atMost: .milliseconds(20))
        if set.readiness(of: listener.numbers[0]).contains(.readable),
          let accepted = try listener.accept(on: listener.numbers[0])
        {
          let guest = accepted.take()
          #expect(try guest.send(Array(line.utf8)[...]) == .moved(line.utf8.count))
          // The endpoint must receive WAIT before the end.
          let waits = shown.filter { $0.hasPrefix("waiting") }.count
          if line == "TINCAN/1 WAIT\n" {
            try goOn { $0.shown.filter { $0.hasPrefix("waiting") }.count > waits }
          }
          guest.halfClose()
          return try goOn(until: isDone)
        }
        if let reason = step(set) { return reason }
      }
      Issue.record("the endpoint never came")
      return nil
    }

    /// Lets the endpoint join at the relay, which answers and keeps the link open.
    /// - Returns: what the relay received.
    mutating func request(reply: String, until isDone: (World) -> Bool) throws -> String {
      var guest: Socket?
      var hasCome = false
      try goOn { world in
        if !hasCome { guest = try? world.listener.accept(on: world.listener.numbers[0])?.take() }
        hasCome = guest != nil
        return hasCome
      }
      guard let guest = guest.take() else { return "" }
      var request = [UInt8](repeating: 0, count: 128)
      var count = 0
      try goOn { _ in
        if case .moved(let moved)? = try? guest.receive(into: &request) { count = moved }
        return count > 0
      }
      #expect(try guest.send(Array(reply.utf8)[...]) == .moved(reply.utf8.count))
      try goOn(until: isDone)
      // The link is open until here.
      #expect(guest.number >= 0)
      return String(decoding: request[..<count], as: UTF8.self)
    }

    /// Whether the way to a peer is over, as it has made a link.
    var isDone: Bool { if case .done = reach.state { true } else { false } }
    /// Whether it waits for one at the relay.
    var isJoining: Bool { if case .searching(let search) = reach.state { search.isWaiting } else { false } }

    /// Lets the endpoint go on until a condition holds.
    @discardableResult
    private mutating func goOn(until isDone: (World) -> Bool) throws -> Failure? {
      for _ in 0..<1000 where !isDone(self) {
        var set = PollSet()
        reach.watch(in: &set)
        try set.wait(atMost: .milliseconds(20))
        if let reason = step(set) { return reason }
      }
      #expect(isDone(self))
      return nil
    }

    private mutating func step(_ set: borrowing PollSet) -> Failure? {
      defer { shown += reach.events.takeAll().map(\.sentence) }
      do throws(Failure) {
        if try reach.step(set, now: now) != nil { isPaired = true }
        return nil
      } catch {
        return error
      }
    }

    /// The pause before the endpoint asks again; nil if it does not pause.
    var pause: Duration? { if case .pausing(let until) = reach.state { until - now } else { nil } }
  }

  nonisolated static func loopback(_ port: UInt16) -> SocketAddress {
    guard case .success(let found)? = try? Resolver(host: "127.0.0.1", port: port).result() else {
      preconditionFailure("an address needs no look-up")
    }
    return found[0]
  }

  @Test(
    "An endpoint that serves again retries after growing pauses, reports the reason once, and begins anew after a stay"
  )
  func pauses() throws {
    var world = try World(servesAgain: true)
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    var pauses: [Duration] = []
    for _ in 1...12 {
      pauses.append(try #require(world.pause))
      world.now = world.now + pauses.last!
      #expect(try world.join("TINCAN/1 ERROR full two are in that room already\n") == nil)
    }
    // Each pause is any time up to the longest, so that many endpoints do not come back together.
    let longest = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]
    for (pause, longest) in zip(pauses, longest.map(Duration.milliseconds)) {
      #expect((.zero...longest).contains(pause))
    }
    #expect(pauses.max()! > .milliseconds(1600), "twelve pauses grow")
    let still = world.shown.filter { $0.hasSuffix("; still trying") }
    #expect(still.count == 1)
    #expect(still.first?.contains("two are in that room already; still trying") == true)
    // A stay as long as the longest pause does not begin anew.
    world.now = world.now + .seconds(30)
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    #expect(world.reach.retries.nextPauseMax == .seconds(30))
  }

  @Test("An endpoint fails at once if it does not keep, or if the relay never let it wait", arguments: [true, false])
  func fails(servesAgain: Bool) throws {
    var world = try World(servesAgain: servesAgain)
    let reason = try #require(try world.join("TINCAN/1 ERROR busy this relay is full; try again later\n"))
    #expect(reason.report.status == .unavailable)
  }

  @Test("A caller who was not let in cannot end the waiting, by staying in the room for example")
  func callerInTheRoom() throws {
    var world = try World(servesAgain: false)
    #expect(try world.join("TINCAN/1 PAIRED 1\n", until: \.isPaired) == nil)
    world.reach.again(wasUseful: false, now: world.now)
    for _ in 1...3 {
      world.now = world.now + (try #require(world.pause))
      #expect(try world.join("TINCAN/1 ERROR full two are in that room already\n") == nil)
    }
    // Once the relay lets it wait, a full room ends it as before.
    world.now = world.now + (try #require(world.pause))
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    world.now = world.now + (try #require(world.pause))
    let reason = try #require(try world.join("TINCAN/1 ERROR full two are in that room already\n"))
    #expect(reason.report.status == .unavailable)
  }

  @Test("Where two meet who know each other, a full room may be full of old links, which the relay notices in time")
  func fullOfOldLinks() throws {
    let full = "TINCAN/1 ERROR full two are in that room already\n"
    let connecting = Settings.Dialling(timeout: nil, triesAgain: false, staysInRoom: true)
    for dialling in [nil, connecting] {
      func world(_ room: String) throws -> World {
        try dialling.map { try World(connecting: $0, room: room) } ?? World(servesAgain: false, room: room)
      }
      var known = try world("m-abcdefghijklmnopqrstuvwxyz")
      while known.now < Instant(sinceOrigin: RelayReach.oldLinksTime) {
        #expect(try known.join(full) == nil)
        known.now = known.now + (try #require(known.pause))
      }
      let reason = try #require(try known.join(full))
      #expect(reason.report.status == .unavailable)
      #expect(reason.report.advice == "see that no other program of one of you is in it")
      var other = try world("tea")
      #expect(try other.join(full) != nil)
    }
    var insistent = try World(
      connecting: Settings.Dialling(timeout: nil, triesAgain: true, staysInRoom: true),
      room: "m-abcdefghijklmnopqrstuvwxyz")
    #expect(try insistent.join(full) == nil)
    insistent.now = Instant(sinceOrigin: RelayReach.oldLinksTime + RelayReach.oldLinksTime)
    #expect(try insistent.join(full) == nil)
  }

  @Test(
    "An end that a relay has let wait joins again, whatever ends that, for a minute",
    arguments: ["expired nobody came", "draining it is stopped", "busy it is full"])
  func joinsAgain(error: String) throws {
    var world = try World(servesAgain: false)
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    for _ in 1...4 {
      world.now = world.now + (try #require(world.pause))
      #expect(try world.join("TINCAN/1 ERROR \(error)\n") == nil)
    }
    // A relay that is back begins a new minute.
    world.now = world.now + .seconds(50)
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    world.now = world.now + .seconds(59)
    #expect(try world.join("TINCAN/1 ERROR \(error)\n") == nil)
    world.now = world.now + .seconds(61)
    #expect(try world.join("TINCAN/1 ERROR \(error)\n")?.report.status == .unavailable)
  }

  @Test("A relay that is being stopped may be one that is replaced: an end tries again for five seconds")
  func replacement() throws {
    var world = try World(connecting: .init(timeout: .seconds(30), triesAgain: false, staysInRoom: false))
    #expect(try world.join("TINCAN/1 ERROR draining it is stopped\n") == nil)
    world.now = world.now + .milliseconds(4900)
    #expect(try world.join("TINCAN/1 ERROR draining it is stopped\n") == nil)
    let pause = try #require(world.pause)
    #expect(pause <= .milliseconds(100), "the last try is not later than that")
    world.now = world.now + .milliseconds(100)
    #expect(try world.join("TINCAN/1 ERROR draining it is stopped\n") != nil)
  }

  @Test("With several relays a link that breaks before the handshake is followed by another, within the time")
  func linksThatCrossed() throws {
    for relays in ["127.0.0.1:1", "127.0.0.1:1,127.0.0.1:2"] {
      let room = RelayRoom(RoomName("tea")!, at: try RelayList(parsing: relays))
      let dialling = Settings.Dialling(timeout: .seconds(30), triesAgain: false, staysInRoom: false)
      var reach = try RelayReach(connectingTo: room, dialling, now: Instant(sinceOrigin: .zero))
      for (seconds, isInTime) in [(1, true), (29, true), (30, false)] {
        let again = reach.tryAgain(after: .entry(.broken(nil)), now: Instant(sinceOrigin: .seconds(seconds)))
        #expect(again == (isInTime && room.choices.count > 1))
        let afterRefusal = reach.tryAgain(after: .entry(.wrongCode), now: Instant(sinceOrigin: .seconds(seconds)))
        #expect(!afterRefusal)
      }
    }
  }

  @Test("The time of an end that connects goes on until the peer has let it in", arguments: [true, false])
  func timeOfTheHandshake(triesAgain: Bool) throws {
    var world = try World(connecting: .init(timeout: .seconds(5), triesAgain: triesAgain, staysInRoom: false))
    #expect(try world.join("TINCAN/1 PAIRED 2\n", until: \.isPaired) == nil)
    #expect(world.reach.giveUpAt == Instant(sinceOrigin: .seconds(5)))
    // A link that broke before that is followed by another, within the time.
    let again = world.reach.tryAgain(after: .entry(.broken(nil)), now: world.now)
    #expect(again == triesAgain)
    let afterRefusal = world.reach.tryAgain(after: .entry(.wrongCode), now: world.now)
    #expect(!afterRefusal)
    let tooLate = world.reach.tryAgain(after: .entry(.broken(nil)), now: Instant(sinceOrigin: .seconds(5)))
    #expect(!tooLate)
  }

  @Test("The time of a person who waits in a room has no end, of a program it has", arguments: [true, false])
  func timeInTheRoom(staysInRoom: Bool) throws {
    var world = try World(connecting: .init(timeout: .seconds(5), triesAgain: true, staysInRoom: staysInRoom))
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    #expect((world.reach.giveUpAt == nil) == staysInRoom)
  }

  @Test("After a useless conversation an endpoint pauses longer each time, after a useful one not at all")
  func again() throws {
    var world = try World(servesAgain: true)
    for longest in [100, 200, 400] {
      #expect(world.reach.retries.nextPauseMax == .milliseconds(longest))
      world.reach.again(wasUseful: false, now: world.now)
      #expect((.zero ... .milliseconds(longest)).contains(try #require(world.pause)))
    }
    world.reach.again(wasUseful: true, now: world.now)
    #expect(world.pause == .zero)
    #expect(world.reach.retries.nextPauseMax == .milliseconds(100))
  }

  @Test("An endpoint whose link broke joins with the same side, whatever the relay says, and with another one later")
  func reconnects() throws {
    var world = try World(servesAgain: false)
    let request = try world.request(reply: "TINCAN/1 PAIRED 2\n") { $0.isDone }
    world.reach.reconnect(wasUseful: true, now: world.now)
    for error in ["draining it ends", "expired too long", "busy full", "full two are in", "denied you", "nonsense"] {
      world.now = world.now + (try #require(world.pause))
      #expect(try world.request(reply: "TINCAN/1 ERROR \(error)\n") { $0.pause != nil } == request)
    }
    world.now = world.now + (try #require(world.pause))
    #expect(try world.request(reply: "TINCAN/1 PAIRED 1\n") { $0.isDone } == request)
    world.reach.again(wasUseful: true, now: world.now)
    let other = try world.request(reply: "TINCAN/1 PAIRED 1\n") { $0.isDone }
    #expect(other != request && other.hasPrefix("TINCAN/1 JOIN tea "))
    #expect(!world.shown.dropFirst().contains { $0.hasPrefix("waiting") }, "a peer that comes back knows the way")
  }

  @Test("An endpoint that reconnects tries at once when the network changes, and joins anew where it waited")
  func networkChanges() throws {
    var world = try World(servesAgain: false)
    let request = try world.request(reply: "TINCAN/1 PAIRED 2\n") { $0.isDone }
    world.reach.reconnect(wasUseful: true, now: world.now)
    world.reach.networkChanged(now: world.now)
    #expect(world.pause == .zero)
    #expect(try world.request(reply: "TINCAN/1 WAIT\n") { $0.isJoining } == request)
    world.reach.networkChanged(now: world.now)
    #expect(world.pause == .zero)
    #expect(try world.request(reply: "TINCAN/1 PAIRED 1\n") { $0.isDone } == request)
    world.reach.networkChanged(now: world.now)
    #expect(world.isDone, "a link that was made is not the way's any more")
  }

  @Test("The problem of a relay is reported once, in whatever search, until that relay lets this end wait")
  func deadRelays() throws {
    let ports = try (0..<2).map { _ in try Listener(at: [RelayReachTests.loopback(0)]).addresses[0].port }
    let relays = try RelayList(parsing: ports.map { "127.0.0.1:\($0)" }.joined(separator: ","))
    let room = RelayRoom(RoomName("tea")!, at: relays)
    let best = room.choices[0].relay
    var now = Instant(sinceOrigin: .zero)
    var reach = try RelayReach(waitingAt: room, servesAgain: true, now: now)
    reach.reconnect(wasUseful: true, now: now)
    var notes: [String] = []
    func problems() -> Int { notes.count { $0.hasPrefix("cannot reach the relay \(best): ") } }
    /// Goes on for some searches, at most until a condition holds.
    func search(times: Int, until isDone: (RelayReach) throws -> Bool = { _ in false }) throws {
      var searches = 0
      for _ in 0..<1000 where try searches < times && !isDone(reach) {
        if case .pausing(let until) = reach.state { (now, searches) = (until, searches + 1) }
        var set = PollSet()
        reach.watch(in: &set)
        try set.wait(atMost: .milliseconds(5))
        let isPaired = try reach.step(set, now: now) != nil
        #expect(!isPaired)
        notes += reach.events.takeAll().map(\.sentence)
      }
    }
    try search(times: 8)
    #expect(problems() == 1, "\(notes)")
    #expect(notes.count { $0.hasSuffix("; still trying") } == 1)

    do {
      let listener = try Listener(at: [RelayReachTests.loopback(best.port)])
      var guest: Socket?
      var hasCome = false
      try search(times: .max) { reach in
        if !hasCome { guest = try listener.accept(on: listener.numbers[0])?.take() }
        if !hasCome, guest != nil { _ = try guest?.send(Array("TINCAN/1 WAIT\n".utf8)[...]) }
        hasCome = guest != nil
        if case .searching(let search) = reach.state { return search.isWaiting } else { return false }
      }
      #expect(hasCome)
    }
    try search(times: 8)
    #expect(problems() == 2, "it had worked in between: \(notes)")
  }
}
