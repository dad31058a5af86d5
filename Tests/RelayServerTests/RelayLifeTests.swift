import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import RelayServer

@Suite("The beginning and the end of a relay on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayLifeTests {
  @Test("A name is unknown only when the name service says so")
  func unknownHost() {
    #expect(NameResolution.cannotListen(.unknownHost, "h").kind == .unknownHost)
    #expect(NameResolution.cannotListen(.noAnswer, "h").kind == .unavailable)
    #expect(NameResolution.cannotListen(.other("no memory"), "h").kind == .unavailable)
  }

  @Test("Told to end, it lets nobody in, tells the waiting, lets pairs finish, and ends", arguments: [1, 3])
  func drains(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (first, second) = try relay.pair("tea")
    let waiting = try relay.guest(joining: "coffee")
    try waiting.expect("TINCAN/1 WAIT\n")
    relay.control.end()
    #expect(try waiting.rest().hasPrefix("TINCAN/1 ERROR draining "))
    waiting.close()
    // Refused, reset in the kernel's queue, or told so, whichever comes first.
    #expect(throws: (any Error).self) { try TestGuest(port: relay.port).expect("TINCAN/1 WAIT\n") }
    let visitor = try TestGuest(port: relay.metricsPort)
    try visitor.send("GET /healthz HTTP/1.0\r\n\r\n")
    #expect(try visitor.rest().hasPrefix("HTTP/1.0 503 "))
    try first.send("goodbye\n")
    first.halfClose()
    second.halfClose()
    #expect(try second.rest() == "goodbye\n")
    try first.expectEnd()
    relay.waitForEnd()
  }

  @Test("When the time to drain is over, or it is told a second time, pairs are reset")
  func stops() throws {
    for isAsked in [true, false] {
      let relay = try RunningRelay(drainTime: isAsked ? .seconds(600) : .zero)
      let (first, second) = try relay.pair("tea")
      relay.control.end()
      if isAsked { relay.control.end() }
      try first.expectReset()
      try second.expectReset()
      relay.waitForEnd()
    }
  }

  @Test("A late reader whose partner broke sees no goodbye when the relay is stopped")
  func stopsWithSurvivor() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pairWithLateReader(bytes: 200_000)
    first.reset()
    try relay.expectMetric("pairs_ended_total{how=\"broken\"}", 1)
    relay.control.end()
    relay.control.end()
    relay.waitForEnd()
    try second.expectReset()
  }

  @Test("A port file that cannot be written is told at once, however many threads there would be", arguments: [1, 3])
  func portFileFails(threads: Int) throws {
    let settings = RelaySettings(
      guests: .at(.host("127.0.0.1", port: 0)), policy: RelayPolicy(bounds: .none), portFile: "/nowhere/at/all/port",
      threads: threads,
      handlesSignals: false)
    do {
      _ = try Relay(settings)
      Issue.record("it began")
    } catch {
      #expect(error.kind == .cannotCreate)
      #expect(error.sentence.hasPrefix("cannot write the port file /nowhere/at/all/port: "))
    }
  }

  @Test(
    "Out of descriptors it admits nobody, says so to metrics and health, which have some of their own, and recovers")
  func outOfDescriptors() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let newcomer = Held(try Socket(.ipv4))
    let health = Held(try Socket(.ipv4))
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let before = limit
    // The lowest number that is free is now beyond what is allowed.
    limit.rlim_cur = rlim_t(dup(0))
    close(CInt(limit.rlim_cur))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit = before
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    _ = try newcomer.socket.connect(to: SocketAddress.loopback(port: relay.port))
    // Pairs come before newcomers in a turn: what is received a second time comes after a turn that met the newcomer.
    for _ in 1...2 {
      try first.send("undisturbed\n")
      try second.expect("undisturbed\n")
    }
    _ = try health.socket.connect(to: SocketAddress.loopback(port: relay.metricsPort))
    #expect(try health.ask("GET /healthz HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 503 "))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    try relay.expectMetric("guests", 3)
    #expect(try relay.metric("accept_pauses_total") > 0)
    try relay.expectMetric("not_accepting", 0)
    withExtendedLifetime(newcomer) {}
  }

  /// A collection holds no noncopyable socket.
  private final class Held {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }

    /// Sends a request, and receives the answer to its end.
    func ask(_ request: String) throws -> String {
      _ = try socket.send(Array(request.utf8)[...])
      var (answer, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
      while true {
        switch try socket.receive(into: &buffer) {
        case .moved(let count): answer += buffer[..<count]
        case .endOfStream: return String(decoding: answer, as: UTF8.self)
        case .wouldBlock:
          var set = PollSet()
          set.watch(socket.number, for: .reading)
          try set.wait(atMost: TestGuest.timeout)
          if set.readiness(of: socket.number).isEmpty { throw TestGuest.Failure.nothingCame(received: request) }
        }
      }
    }
  }

  @Test("A listener that another owner shut down is a relay that is not healthy, and says so once")
  func shutDown() throws {
    // A port that was asked for stays with a socket that is shut down; one that the system chose does not.
    let port = try Listener(at: [SocketAddress.loopback(port: 0)]).addresses[0].port
    let held = try Listener(at: [SocketAddress.loopback(port: port)])
    let relay = try RunningRelay(guests: .inherited([dup(held.numbers[0])]))
    let (first, second) = try relay.pair("tea")
    shutdown(held.numbers[0], CInt(SHUT_RDWR))
    try relay.expectMetric("not_accepting", 1)
    let client = try TestGuest(port: relay.metricsPort)
    try client.send("GET /healthz HTTP/1.0\r\n\r\n")
    #expect(try client.rest().hasPrefix("HTTP/1.0 503 Service Unavailable\r\n"))
    try first.send("undisturbed\n")
    try second.expect("undisturbed\n")
    // Listened on again, it is well again.
    #expect(listen(held.numbers[0], 16) == 0)
    try relay.expectMetric("not_accepting", 0)
    try relay.guest(joining: "milk").expect("TINCAN/1 WAIT\n")
  }

  @Test("A relay that drains leaves its metrics to a successor on the same address, a socket file too")
  func successor() throws {
    let directory = TemporaryDirectory()
    for address in [ListeningAddress.host("127.0.0.1", port: 0), .unix(path: directory.file("metrics"))] {
      let relay = try RunningRelay(metrics: .at(address))
      let (first, second) = try relay.pair("tea")
      let again: ListeningAddress =
        if case .unix = address { address } else { .host("127.0.0.1", port: relay.metricsPort) }
      #expect(throws: RelayStartFailure.self) { _ = try RunningRelay(metrics: .at(again)) }
      relay.control.end()
      try relay.expectDraining()
      let successor = try RunningRelay(metrics: .at(again))
      #expect(try successor.metric("draining") == 0)
      try first.send("we go on\n")
      try second.expect("we go on\n")
    }
  }

  @Test("Sockets that were handed over are listened on; told to end, it leaves their newcomers to its successor")
  func inherited() throws {
    let held = try Listener(at: [SocketAddress.loopback(port: 0)])
    let address = held.addresses[0]
    func relay() throws -> (WorkerThread, RelayControl) {
      // As across an exec: a number of its own for the same socket.
      let settings = RelaySettings(
        guests: .inherited([dup(held.numbers[0])]), policy: RelayPolicy(bounds: .none, verbosity: -1),
        handlesSignals: false)
      nonisolated(unsafe) var relay: Relay? = try Relay(settings)
      let control = relay!.control
      let thread = try WorkerThread {
        relay!.run()
        relay = nil
      }
      return (thread, control)
    }
    let (thread, control) = try relay()
    let first = try TestGuest(port: address.port)
    try first.send("TINCAN/1 JOIN tea\n")
    try first.expect("TINCAN/1 WAIT\n")
    control.end()
    #expect(try first.rest().hasPrefix("TINCAN/1 ERROR draining "))
    first.close()
    thread.join()
    let second = try TestGuest(port: address.port)
    try second.send("TINCAN/1 JOIN tea\n")
    let (successor, end) = try relay()
    try second.expect("TINCAN/1 WAIT\n")
    end.end()
    #expect(try second.rest().hasPrefix("TINCAN/1 ERROR draining "))
    second.close()
    successor.join()
  }

  @Test("What is no listening stream socket is not taken over")
  func inheritedNonsense() throws {
    for number in [
      dup(0), socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0), socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0),
    ] {
      let settings = RelaySettings(
        guests: .inherited([number]), policy: RelayPolicy(bounds: .none), handlesSignals: false)
      #expect(throws: RelayStartFailure.self) { _ = try Relay(settings) }
      close(number)
    }
  }

  @Test("A port that nobody leaves in time is reported as taken")
  func portTaken() throws {
    let relay = try RunningRelay()
    let settings = RelaySettings(
      guests: .at(.host("127.0.0.1", port: relay.port)), policy: RelayPolicy(bounds: .none, verbosity: -1),
      handlesSignals: false)
    #expect(
      throws: RelayStartFailure(
        .unavailable,
        "cannot listen on 127.0.0.1:\(relay.port): the port is taken by another program; choose another with --port",
        isAddressTaken: true)
    ) {
      _ = try Relay(settings)
    }
  }

  @Test("On a socket file it joins as well, and removes the file when it ends")
  func unix() throws {
    let path = "/tmp/tincan-relay-test-\(getpid()).sock"
    let settings = RelaySettings(
      guests: .at(.unix(path: path)), policy: RelayPolicy(bounds: .none, verbosity: -1), handlesSignals: false)
    nonisolated(unsafe) var relay: Relay? = try Relay(settings)
    let control = relay!.control
    let thread = try WorkerThread {
      relay!.run()
      relay = nil
    }
    let first = try TestGuest(unixPath: path)
    try first.send("TINCAN/1 JOIN tea\n")
    try first.expect("TINCAN/1 WAIT\n")
    let second = try TestGuest(unixPath: path)
    try second.send("TINCAN/1 JOIN tea\n")
    try second.expect("TINCAN/1 PAIRED 2\n")
    try first.expect("TINCAN/1 PAIRED 1\n")
    // Each of these ends a read, though more is there; and the room is full.
    let third = try TestGuest(unixPath: path)
    third.send("TINCAN/1 JOIN tea\n", passing: 0)
    for _ in 1...40 { third.send("x", passing: 0) }
    third.halfClose()
    #expect(try third.rest().hasPrefix("TINCAN/1 ERROR full "))
    try first.send("hello\n")
    first.halfClose()
    #expect(try second.rest() == "hello\n")
    second.halfClose()
    try first.expectEnd()
    let fourth = try TestGuest(unixPath: path)
    try fourth.send("TINCAN/1 JOIN milk\n")
    try fourth.expect("TINCAN/1 WAIT\n")
    fourth.close()
    third.close()
    first.close()
    second.close()
    control.end()
    thread.join()
    #expect(access(path, F_OK) != 0)
  }
}
