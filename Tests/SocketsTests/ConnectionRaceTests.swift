import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Connecting to several addresses", .serialized, .leavesNoDescriptor)
struct ConnectionRaceTests {
  @Test(
    "The families take turns, beginning with the first address's",
    arguments: [
      ([], []), (["127.0.0.1"], ["127.0.0.1"]), (["::1", "127.0.0.1"], ["::1", "127.0.0.1"]),
      (["127.0.0.1", "127.0.0.2", "::1"], ["127.0.0.1", "::1", "127.0.0.2"]),
      (["::1", "::2", "::3", "127.0.0.1"], ["::1", "127.0.0.1", "::2", "::3"]),
      (["::1", "127.0.0.1", "127.0.0.2", "127.0.0.3"], ["::1", "127.0.0.1", "127.0.0.2", "127.0.0.3"]),
      (["127.0.0.1", "127.0.0.2", "::1", "::2", "::3"], ["127.0.0.1", "::1", "127.0.0.2", "::2", "::3"]),
    ])
  func interleaving(given: [String], expected: [String]) {
    #expect(ConnectionRace.interleaved(given.map { address($0) }) == expected.map { address($0) })
  }

  /// A result of connecting, without its socket.
  private enum Result: Equatable {
    case waiting
    case connected(SocketAddress)
    case failed([SocketAddress], [CInt])
  }

  private func step(
    _ race: ConnectionRace, now: Duration, readiness: [CInt: Readiness] = [:]
  ) -> Result {
    switch race.step(now: now, readiness: { readiness[$0] ?? [] }) {
    case .waiting: .waiting
    case .connected(_, let address): .connected(address)
    case .failed(let failures): .failed(failures.map(\.address), failures.map(\.error.code))
    }
  }

  /// Goes on at one time, waiting for attempts to become ready, until it is done or `enough`.
  private func run(_ race: ConnectionRace, now: Duration, enough: () -> Bool = { false }) throws -> Result {
    var readiness: [CInt: Readiness] = [:]
    while true {
      let result = step(race, now: now, readiness: readiness)
      if result != .waiting || enough() { return result }
      var set = PollSet()
      for number in race.numbers { set.watch(number, for: .writing) }
      try set.wait(atMost: .seconds(30))
      readiness = Dictionary(uniqueKeysWithValues: race.numbers.map { ($0, set.readiness(of: $0)) })
      try #require(readiness.values.contains { !$0.isEmpty }, "no attempt came to anything")
    }
  }

  /// An address at which nobody listens, and that stays so.
  private struct Refusing: ~Copyable {
    let socket: Socket
    let address: SocketAddress
    init(_ host: String = "127.0.0.1") throws {
      let wanted = SocketsTests.address(host)
      let socket = try Socket(wanted.family)
      try socket.bind(to: wanted)
      address = try socket.localAddress
      self.socket = socket
    }
  }

  /// An address that neither answers nor refuses: a listener whose queue is full, so that the kernel drops what comes.
  private struct Silent: ~Copyable {
    let socket: Socket
    let address: SocketAddress
    private let first: Socket
    private let second: Socket
    private let third: Socket

    init() throws {
      let socket = try Socket(.ipv4)
      try socket.bind(to: SocketsTests.address("127.0.0.1"))
      try socket.listen(backlog: 0)
      let address = try socket.localAddress
      // The first fills the queue.
      let first = try Socket(.ipv4)
      _ = try first.connect(to: address)
      let second = try Socket(.ipv4)
      _ = try second.connect(to: address)
      let third = try Socket(.ipv4)
      let isConnected = try third.connect(to: address)
      try #require(!isConnected, "the queue of a listener without backlog takes three connections")
      self.socket = socket
      self.address = address
      self.first = first
      self.second = second
      self.third = third
    }
  }

  @Test("No address at all has failed at once")
  func noAddress() {
    #expect(step(ConnectionRace(to: [], now: .zero), now: .zero) == .failed([], []))
  }

  @Test("A live address is reached")
  func live() throws {
    let listener = try Listener(at: [address("127.0.0.1")])
    let race = ConnectionRace(to: listener.addresses, now: .seconds(9))
    #expect(race.deadline == .seconds(9))
    #expect(try run(race, now: .seconds(9)) == .connected(listener.addresses[0]))
  }

  @Test("The socket it hands over is the connected one")
  func handsOver() throws {
    let directory = TemporaryDirectory()
    let listener = try Listener(unixPath: directory.file("socket"))
    let race = ConnectionRace(to: listener.addresses, now: .zero)
    guard case .connected(let socket, _) = race.step(now: .zero, readiness: { _ in [] }) else {
      throw Missing(what: "a connection, which a socket file makes at once")
    }
    try send("x", on: socket)
    let accepted = try #require(try listener.accept(on: listener.numbers[0])?.take().number)
    #expect(accepted >= 0)
  }

  @Test("A refused first address does not hide a live second, and costs no time")
  func refusedFirst() throws {
    let refusing = try Refusing()
    let listener = try Listener(at: [address("127.0.0.1")])
    let race = ConnectionRace(to: [refusing.address, listener.addresses[0]], now: .zero)
    #expect(try run(race, now: .zero) == .connected(listener.addresses[0]))
  }

  @Test("A silent first address does not hide a live second, and costs a quarter of a second")
  func silentFirst() throws {
    let silent = try Silent()
    let listener = try Listener(at: [address("127.0.0.1")])
    let race = ConnectionRace(to: [silent.address, listener.addresses[0]], now: .zero)
    #expect(step(race, now: .zero) == .waiting)
    #expect(race.deadline == .milliseconds(250))
    #expect(race.numbers.count == 1)
    #expect(step(race, now: .milliseconds(249)) == .waiting)
    #expect(race.numbers.count == 1)
    #expect(try run(race, now: .milliseconds(250)) == .connected(listener.addresses[0]))
  }

  @Test("With a silent address left the others' failure is not the end of it")
  func silentRemains() throws {
    let silent = try Silent()
    let refusing = try Refusing()
    let race = ConnectionRace(to: [silent.address, refusing.address], now: .zero)
    #expect(step(race, now: .zero) == .waiting)
    let result = try run(race, now: .milliseconds(250)) { race.numbers.count == 1 }
    #expect(result == .waiting)
    #expect(race.deadline == nil, "there is nothing more to try")
    #expect(race.numbers.count == 1)
  }

  @Test("When all have failed, each is told with its reason, in the order they failed")
  func allFail() throws {
    let first = try Refusing()
    let second = try Refusing("127.0.0.2")
    let race = ConnectionRace(to: [first.address, second.address], now: .zero)
    let expected = Result.failed([first.address, second.address], [ECONNREFUSED, ECONNREFUSED])
    #expect(try run(race, now: .zero) == expected)
  }

  @Test("A dead IPv6 address does not hide a live IPv4 one", .enabled(if: hasIPv6, "this machine has no IPv6"))
  func deadIPv6() throws {
    let refusing = try Refusing("::1")
    let listener = try Listener(at: [address("127.0.0.1")])
    let race = ConnectionRace(to: [refusing.address, listener.addresses[0]], now: .zero)
    #expect(try run(race, now: .zero) == .connected(listener.addresses[0]))
  }

  @Test("A race that is dropped while it runs leaves nothing open")
  func dropped() throws {
    let silent = try Silent()
    let race = ConnectionRace(to: [silent.address], now: .zero)
    #expect(step(race, now: .zero) == .waiting)
  }
}
