import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import RelayServer

@Suite("The beginning and the end of a relay on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayLifeTests {
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
    try visitor.say("GET /healthz HTTP/1.0\r\n\r\n")
    #expect(try visitor.rest().hasPrefix("HTTP/1.0 503 "))
    try first.say("goodbye\n")
    first.halfClose()
    second.halfClose()
    #expect(try second.rest() == "goodbye\n")
    try first.expectEnd()
    relay.waitForEnd()
  }

  @Test("When the time to drain is over, or it is told a second time, pairs are reset")
  func stops() throws {
    for isTold in [true, false] {
      let relay = try RunningRelay(drainTime: isTold ? .seconds(600) : .zero)
      let (first, second) = try relay.pair("tea")
      relay.control.end()
      if isTold { relay.control.end() }
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
      place: .at(.host("127.0.0.1", port: 0)), portFile: "/nowhere/at/all/port", bounds: .none, threads: threads,
      handlesSignals: false)
    do {
      _ = try Relay(settings)
      Issue.record("it began")
    } catch {
      #expect(error.kind == .cannotCreate)
      #expect(error.sentence.hasPrefix("cannot write the port file /nowhere/at/all/port: "))
    }
  }

  @Test("Out of descriptors, it lets nobody in for a moment, tells metrics nothing, and recovers from both")
  func outOfDescriptors() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let newcomers = try [relay.port, relay.metricsPort].map { port in
      let socket = try Socket(.ipv4)
      return (socket: Held(socket), port: port)
    }
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let before = limit
    // The lowest number that is free is now beyond what is allowed.
    limit.rlim_cur = rlim_t(dup(0))
    close(CInt(limit.rlim_cur))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit = before
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    for newcomer in newcomers {
      _ = try newcomer.socket.socket.connect(to: SocketAddress.loopback(port: newcomer.port))
    }
    // Pairs come before newcomers in a turn: what is heard a second time comes after a turn that met the newcomers.
    for _ in 1...2 {
      try first.say("undisturbed\n")
      try second.expect("undisturbed\n")
    }
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    try relay.expectMetric("guests", 3)
    #expect(try relay.metric("accept_pauses_total") > 0)
    withExtendedLifetime(newcomers) {}
  }

  /// A collection holds no noncopyable socket.
  private final class Held {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }
  }

  @Test("Sockets that were handed over are listened on; told to end, it leaves their newcomers to its successor")
  func inherited() throws {
    let held = try Listener(at: [SocketAddress.loopback(port: 0)])
    let address = held.addresses[0]
    func relay() throws -> (WorkerThread, RelayControl) {
      // As across an exec: a number of its own for the same socket.
      let settings = RelaySettings(
        place: .inherited([dup(held.numbers[0])]), bounds: .none, verbosity: -1, handlesSignals: false)
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
    try first.say("TINCAN/1 JOIN tea\n")
    try first.expect("TINCAN/1 WAIT\n")
    control.end()
    #expect(try first.rest().hasPrefix("TINCAN/1 ERROR draining "))
    first.close()
    thread.join()
    let second = try TestGuest(port: address.port)
    try second.say("TINCAN/1 JOIN tea\n")
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
      let settings = RelaySettings(place: .inherited([number]), bounds: .none, handlesSignals: false)
      #expect(throws: RelayFault.self) { _ = try Relay(settings) }
      close(number)
    }
  }

  @Test("A port that is taken is said to be")
  func portTaken() throws {
    let relay = try RunningRelay()
    let settings = RelaySettings(
      place: .at(.host("127.0.0.1", port: relay.port)), bounds: .none, handlesSignals: false)
    #expect(
      throws: RelayFault(
        .unavailable,
        "cannot listen on 127.0.0.1:\(relay.port): the port is taken by another program; choose another with --port")
    ) {
      _ = try Relay(settings)
    }
  }

  @Test("On a socket file it joins as well, and removes the file when it ends")
  func unix() throws {
    let path = "/tmp/tincan-relay-test-\(getpid()).sock"
    let settings = RelaySettings(place: .at(.unix(path: path)), bounds: .none, verbosity: -1, handlesSignals: false)
    nonisolated(unsafe) var relay: Relay? = try Relay(settings)
    let control = relay!.control
    let thread = try WorkerThread {
      relay!.run()
      relay = nil
    }
    let first = try TestGuest(unixPath: path)
    try first.say("TINCAN/1 JOIN tea\n")
    try first.expect("TINCAN/1 WAIT\n")
    let second = try TestGuest(unixPath: path)
    try second.say("TINCAN/1 JOIN tea\n")
    try second.expect("TINCAN/1 PAIRED 2\n")
    try first.expect("TINCAN/1 PAIRED 1\n")
    // Each of these ends a read, though more is there; and the room is full.
    let third = try TestGuest(unixPath: path)
    third.say("TINCAN/1 JOIN tea\n", passing: 0)
    for _ in 1...40 { third.say("x", passing: 0) }
    third.halfClose()
    #expect(try third.rest().hasPrefix("TINCAN/1 ERROR full "))
    try first.say("hello\n")
    first.halfClose()
    #expect(try second.rest() == "hello\n")
    second.halfClose()
    try first.expectEnd()
    let fourth = try TestGuest(unixPath: path)
    try fourth.say("TINCAN/1 JOIN milk\n")
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
