import Basics
import ChatProtocol
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("A host on its way into a room", .serialized, .leavesNoDescriptor)
struct ArrivalTests {
  /// A relay that can be made to let in and to turn away, and a host that arrives there in invented time.
  @MainActor
  private struct World {
    var arrival: Arrival
    var now = Instant(sinceOrigin: .zero)
    var told: [String] = []
    let listener: Listener

    init(keeps: Bool) throws {
      listener = try Listener(at: [ArrivalTests.loopback(0)])
      let place = Settings.Listening.Place.room(
        RoomName("tea")!, relay: "127.0.0.1", port: listener.addresses[0].port)
      arrival = try Arrival(.serve(.init(place: place, portFile: nil, keeps: keeps)), now: now)
    }

    /// Lets it arrive at the relay, which says `line` and closes.
    mutating func visit(_ line: String) throws -> Departure? {
      for _ in 0..<1000 {
        var set = PollSet()
        arrival.watch(in: &set)
        for number in listener.numbers { set.watch(number, for: .reading) }
        try set.wait(atMost: .milliseconds(20))
        if set.readiness(of: listener.numbers[0]).contains(.readable),
          let accepted = try listener.accept(on: listener.numbers[0])
        {
          let guest = accepted.take()
          #expect(try guest.send(Array(line.utf8)[...]) == .moved(line.utf8.count))
          // Who is let in hears that before the end.
          let waits = told.filter { $0.hasPrefix("waiting") }.count
          if line == "TINCAN/1 WAIT\n" {
            try goOn { $0.told.filter { $0.hasPrefix("waiting") }.count > waits }
          }
          guest.halfClose()
          return try goOn { $0.pause != nil }
        }
        if case .failed(let reason) = step(set) { return reason }
      }
      Issue.record("it never came")
      return nil
    }

    /// Until it has heard what the relay said.
    @discardableResult
    private mutating func goOn(until isDone: (World) -> Bool) throws -> Departure? {
      for _ in 0..<1000 where !isDone(self) {
        var set = PollSet()
        arrival.watch(in: &set)
        try set.wait(atMost: .milliseconds(20))
        if case .failed(let reason) = step(set) { return reason }
      }
      #expect(isDone(self))
      return nil
    }

    private mutating func step(_ set: borrowing PollSet) -> Arrival.Outcome {
      let outcome = arrival.step(set, now: now)
      told += arrival.takeHappenings().map(\.sentence)
      return outcome
    }

    /// How long the relay is left in peace now.
    var pause: Duration? { if case .pausing(let until) = arrival.state { until - now } else { nil } }
  }

  private nonisolated static func loopback(_ port: UInt16) -> SocketAddress {
    guard case .success(let found) = Resolver.waitForAddresses(of: "127.0.0.1", port: port, toListen: true) else {
      preconditionFailure("an address needs no look-up")
    }
    return found[0]
  }

  @Test("One that keeps asks again after ever longer pauses, tells why once, and begins anew after a stay")
  func pauses() throws {
    var world = try World(keeps: true)
    #expect(try world.visit("TINCAN/1 WAIT\n") == nil)
    var pauses: [Duration] = []
    for _ in 1...12 {
      pauses.append(try #require(world.pause))
      world.now = world.now + pauses.last!
      #expect(try world.visit("TINCAN/1 ERROR full two are in that room already\n") == nil)
    }
    let expected = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]
    #expect(pauses == expected.map(Duration.milliseconds))
    let still = world.told.filter { $0.hasSuffix("; still trying") }
    #expect(still.count == 1)
    #expect(still.first?.contains("two are in that room already; still trying") == true)
    // A stay of a moment changes nothing.
    world.now = world.now + .seconds(30)
    #expect(try world.visit("TINCAN/1 WAIT\n") == nil)
    #expect(world.pause == .seconds(30))
  }

  @Test("One that does not keep fails at once, and so does one that was never let in", arguments: [true, false])
  func fails(keeps: Bool) throws {
    var world = try World(keeps: keeps)
    let reason = try #require(try world.visit("TINCAN/1 ERROR busy this relay is full; try again later\n"))
    #expect(reason.status == .unavailable)
  }
}
