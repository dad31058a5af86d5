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

    init(servesAgain: Bool) throws {
      listener = try Listener(at: [RelayReachTests.loopback(0)])
      let room = RelayRoom(RoomName("tea")!, at: HostPort("127.0.0.1", listener.addresses[0].port))
      reach = try RelayReach(waitingAt: room, servesAgain: servesAgain, now: now)
    }

    init(connecting dialling: Settings.Dialling) throws {
      listener = try Listener(at: [RelayReachTests.loopback(0)])
      let room = RelayRoom(RoomName("tea")!, at: HostPort("127.0.0.1", listener.addresses[0].port))
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
    // Half of each pause is fixed. The rest is random, so that many endpoints do not come back together.
    let longest = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]
    for (pause, longest) in zip(pauses, longest.map(Duration.milliseconds)) {
      #expect((longest / 2...longest).contains(pause))
    }
    let still = world.shown.filter { $0.hasSuffix("; still trying") }
    #expect(still.count == 1)
    #expect(still.first?.contains("two are in that room already; still trying") == true)
    // A stay as long as the longest pause does not begin anew.
    world.now = world.now + .seconds(30)
    #expect(try world.join("TINCAN/1 WAIT\n") == nil)
    #expect(try #require(world.pause) >= .seconds(15))
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
    // Once the relay lets it wait, the failure of the relay ends it as before.
    world.now = world.now + (try #require(world.pause))
    let reason = try #require(try world.join("TINCAN/1 WAIT\n"))
    #expect(reason.report.status == .unavailable)
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
    world.reach.again(wasUseful: false, now: world.now)
    let first = try #require(world.pause)
    #expect((.milliseconds(50)...(.milliseconds(100))).contains(first))
    world.reach.again(wasUseful: false, now: world.now)
    #expect((.milliseconds(100)...(.milliseconds(200))).contains(try #require(world.pause)))
    world.reach.again(wasUseful: true, now: world.now)
    #expect(world.pause == .zero)
    world.reach.again(wasUseful: false, now: world.now)
    #expect((.milliseconds(50)...(.milliseconds(100))).contains(try #require(world.pause)))
  }
}
