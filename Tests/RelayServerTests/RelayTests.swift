import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import RelayServer

@Suite("A relay on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayTests {
  @Test("Two of one room talk, a half-close is carried across, and both ends are a goodbye", arguments: [1, 3])
  func talk(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (first, second) = try relay.pair("tea")
    try first.say("hello\n")
    try second.expect("hello\n")
    try second.say("hello yourself\n")
    try first.expect("hello yourself\n")
    first.halfClose()
    try second.expectEnd()
    try second.say("still here\n")
    second.halfClose()
    #expect(try first.rest() == "still here\n")
    try relay.expectMetric("guests", 0)
    #expect(try relay.metric("pairs_ended_total{how=\"goodbye\"}") == 1)
  }

  @Test("Rooms live on threads of their own, and all their pairs meet")
  func manyRooms() throws {
    let relay = try RunningRelay(threads: 4)
    let firsts = try (0..<64).map { try relay.guest(joining: "room-\($0)") }
    for first in firsts { try first.expect("TINCAN/1 WAIT\n") }
    let seconds = try (0..<64).map { try relay.guest(joining: "room-\($0)") }
    for (number, (first, second)) in zip(firsts, seconds).enumerated() {
      try second.expect("TINCAN/1 PAIRED 2\n")
      try first.expect("TINCAN/1 PAIRED 1\n")
      try first.say("\(number)\n")
      try second.expect("\(number)\n")
    }
    #expect(try relay.metric("pairs") == 64)
  }

  @Test("A third is refused for as long as either of two is there, and let in then")
  func third() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let third = try relay.guest(joining: "tea")
    #expect(try third.rest() == "TINCAN/1 ERROR full two are in that room already\n")
    first.close()
    second.close()
    try relay.expectMetric("guests", 0)
    try relay.guest(joining: "tea").expect("TINCAN/1 WAIT\n")
  }

  @Test("A reset is passed on as a reset, after what was said before it")
  func reset() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    try first.say("last words\n")
    try second.expect("last words\n")
    first.reset()
    try second.expectReset()
    try relay.expectMetric("guests", 0)
    try relay.expectMetric("parting", 0)
    #expect(try relay.metric("pairs_ended_total{how=\"broken\"}") == 1)
  }

  @Test("What one said before it vanished is still heard by one who reads late")
  func lateReader() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let text = [UInt8](repeating: 7, count: 100_000)
    try first.say(text[...])
    // The other's words were not read, so closing resets.
    try second.say("unheard\n")
    try relay.expectMetric("bytes_total", 100_008)
    first.close()
    #expect(try second.swallow(100_000) == 700_000)
    try second.expectReset()
  }

  /// A pair whose first has said that much, which the relay has carried, and whose second has read nothing of it.
  private func pairWithLateReader(at relay: RunningRelay, bytes: Int) throws -> (TestGuest, TestGuest) {
    let (first, second) = try relay.pair("tea", receiveBuffer: 4096)
    let text = [UInt8](repeating: 1, count: bytes)
    try first.say(text[...])
    try relay.expectMetric("bytes_total", bytes)
    return (first, second)
  }

  @Test("Who says goodbye second, before all was taken, still gets every byte and the end", arguments: [1, 2])
  func slowGoodbye(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (first, second) = try pairWithLateReader(at: relay, bytes: 500_000)
    first.halfClose()
    try second.say("and goodbye\n")
    second.halfClose()
    #expect(try first.rest() == "and goodbye\n")
    try relay.expectMetric("pairs_ended_total{how=\"goodbye\"}", 1)
    #expect(try second.swallow(500_000) == 500_000)
    try second.expectEnd()
  }

  @Test("A survivor that says goodbye itself still gets every byte before its reset")
  func survivorSaysGoodbye() throws {
    let relay = try RunningRelay()
    let (first, second) = try pairWithLateReader(at: relay, bytes: 300_000)
    first.halfClose()
    first.reset()
    try second.say("nobody hears this\n")
    try relay.expectMetric("pairs_ended_total{how=\"broken\"}", 1)
    second.halfClose()
    #expect(try second.swallow(300_000) == 300_000)
  }

  @Test("A reset is no goodbye for one who was just speaking either")
  func resetWhileSpokenTo() throws {
    let relay = try RunningRelay()
    let text = [UInt8](repeating: 1, count: 64 << 10)
    for round in 1...40 {
      let (first, second) = try relay.pair("tea-\(round)")
      _ = try second.saySome(text[...])
      first.reset()
      // A reset is told once: by this, or by what is read.
      do { _ = try second.saySome(text[...]) } catch is SystemError { continue }
      try second.expectReset()
    }
  }

  @Test("Who was sent WAIT or PAIRED as it broke off is not announced to have ended")
  func resetBeforePaired() throws {
    let relay = try RunningRelay()
    for round in 1...40 {
      let first = try relay.guest(joining: "tea-\(round)")
      try first.expect("TINCAN/1 WAIT\n")
      let second = try TestGuest(port: relay.port)
      // Either order of the two events is met in some rounds.
      if round % 2 == 0 { first.reset() }
      try second.say("TINCAN/1 JOIN tea-\(round)\n")
      if round % 2 == 1 { first.reset() }
      do {
        try second.expect("TINCAN/1 PAIRED 2\n")
      } catch TestGuest.Failure.unexpected(let heard) {
        // It had been missed before.
        #expect(heard == "TINCAN/1 WAIT\n")
        continue
      }
      try second.expectReset()
    }
  }

  @Test("Strangers who are told to go, however many, cost a late reader nothing")
  func strangersAndLateReader() throws {
    let relay = try RunningRelay()
    let (first, second) = try pairWithLateReader(at: relay, bytes: 200_000)
    first.reset()
    try relay.expectMetric("pairs_ended_total{how=\"broken\"}", 1)
    var strangers: [TestGuest] = []
    for _ in 1...RelayLimits.partingsMax + 8 {
      strangers.append(try TestGuest(port: relay.port))
      try strangers.last!.say("hello\n")
    }
    try relay.expectMetric("refusals_total{word=\"syntax\",reason=\"not_a_join\"}", strangers.count)
    #expect(try second.swallow(200_000) == 200_000)
    try second.expectReset()
  }

  @Test("An urgent byte comes in its place, and what follows it does not wait")
  func urgent() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    try first.say("abc")
    first.sayUrgently(UInt8(ascii: "!"))
    try first.say("def")
    try second.expect("abc!def")
  }

  @Test("A writer stands still while its reader does, within bounds, and nothing is lost")
  func slowReader() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let text = [UInt8](repeating: 1, count: 64 << 10)
    // Until nothing is taken, something is parked, and two looks at the relay's counters show the same.
    var (said, before) = (0, -1)
    while true {
      let taken = try first.saySome(text[...])
      said += taken
      if taken > 0 { continue }
      let carried = try relay.metric("bytes_total")
      if try carried == before && relay.metric("parked_bytes") > 0 { break }
      before = carried
    }
    let parked = try relay.metric("parked_bytes")
    #expect(parked > 0 && parked <= RelayLimits.readBytesMax)
    // Whoever else is there is not disturbed.
    let (third, fourth) = try relay.pair("coffee")
    try third.say("quick\n")
    try fourth.expect("quick\n")
    #expect(try second.swallow(said) == said)
    try relay.expectMetric("parked_bytes", 0)
    first.halfClose()
    try second.expectEnd()
  }

  @Test("Plain connections are joined in the order they come, and what was said before is heard")
  func plain() throws {
    let relay = try RunningRelay()
    let first = try TestGuest(port: relay.plainPort)
    try first.say("anybody there?\n")
    try relay.expectMetric("waiting", 1)
    let second = try TestGuest(port: relay.plainPort)
    try second.expect("anybody there?\n")
    try second.say("yes\n")
    try first.expect("yes\n")
  }

  @Test("A plain connection that ends without a word is nobody's partner")
  func plainLeaves() throws {
    let relay = try RunningRelay()
    let gone = try TestGuest(port: relay.plainPort)
    try relay.expectMetric("waiting", 1)
    gone.close()
    try relay.expectMetric("guests", 0)
    let first = try TestGuest(port: relay.plainPort)
    let second = try TestGuest(port: relay.plainPort)
    try first.say("hello\n")
    try second.expect("hello\n")
  }

  // MARK: Bad input

  @Test(
    "What makes no sense gets its line, and is counted",
    arguments: [
      ("hello\n", Refusal.notAJoin), ("TINCAN/2 JOIN a\n", .otherVersion), ("TINCAN/1 JOIN a b\n", .badRoom),
      ("TINCAN/1 JOIN a\nhello", .spokeTooEarly), ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", .http),
      ("\u{16}\u{3}\u{1}\u{2}", .tls), (String(repeating: "x", count: 1 << 20), .notAJoin),
    ])
  func nonsense(text: String, refusal: Refusal) throws {
    let relay = try RunningRelay()
    let guest = try TestGuest(port: relay.port)
    try guest.say(text)
    #expect(try guest.rest() == String(decoding: RelayReply.refused(refusal).bytes, as: UTF8.self))
    guest.close()
    try relay.expectMetric("guests", 0)
    try relay.expectMetric("refusals_total{word=\"\(refusal.word)\",reason=\"\(refusal.label)\"}", 1)
  }

  @Test("Who is silent, or sends byte by byte, is told that its time is over")
  func loris() throws {
    let relay = try RunningRelay(times: Rooms.Times(preamble: .milliseconds(100)))
    let silent = try TestGuest(port: relay.port)
    let slow = try TestGuest(port: relay.port)
    try slow.say("T")
    try slow.say("I")
    for guest in [silent, slow] { #expect(try guest.rest() == "TINCAN/1 ERROR expired no JOIN came in time\n") }
  }

  @Test("Who waits too long is told so")
  func nobodyCame() throws {
    let relay = try RunningRelay(times: Rooms.Times(room: .milliseconds(100)))
    let guest = try relay.guest(joining: "tea")
    try guest.expect("TINCAN/1 WAIT\n")
    #expect(try guest.rest().hasPrefix("TINCAN/1 ERROR expired "))
  }

  @Test("Who speaks while it waits is told to go")
  func speaksWhileWaiting() throws {
    let relay = try RunningRelay()
    let guest = try relay.guest(joining: "tea")
    try guest.expect("TINCAN/1 WAIT\n")
    try guest.say("hello?\n")
    #expect(try guest.rest() == "TINCAN/1 ERROR syntax nothing may be sent between JOIN and PAIRED\n")
  }

  @Test("One guest too many is told that the relay is busy; nobody who is in is disturbed; then it recovers")
  func busy() throws {
    var bounds = Admission.Bounds.none
    bounds.guests = 2
    let relay = try RunningRelay(bounds: bounds)
    let (first, second) = try relay.pair("tea")
    for _ in 1...300 {
      #expect(try TestGuest(port: relay.port).rest() == "TINCAN/1 ERROR busy this relay is full; try again later\n")
    }
    try first.say("undisturbed\n")
    try second.expect("undisturbed\n")
    first.close()
    second.close()
    try relay.expectMetric("guests", 0)
    _ = try relay.pair("tea")
  }

  @Test("Bounds on waiting and on each source have their own words")
  func bounds() throws {
    var bounds = Admission.Bounds.none
    (bounds.waiting, bounds.waitingPerSource, bounds.joinsPerMinute) = (1, 2, 3)
    let relay = try RunningRelay(bounds: bounds)
    let first = try relay.guest(joining: "tea")
    try first.expect("TINCAN/1 WAIT\n")
    #expect(try relay.guest(joining: "coffee").rest().hasPrefix("TINCAN/1 ERROR busy too many wait here"))
    try relay.expectMetric("guests", 1)
    let silent = try TestGuest(port: relay.port)
    try relay.expectMetric("guests", 2)
    #expect(try relay.guest(joining: "milk").rest().hasPrefix("TINCAN/1 ERROR busy too many from your address"))
    silent.close()
    try relay.expectMetric("guests", 1)
    #expect(try relay.guest(joining: "tea").rest().hasPrefix("TINCAN/1 ERROR busy too many tries"))
  }

  @Test("Guests that reset at any point leave nothing behind", arguments: [1, 2])
  func resetsEverywhere(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let line = Array("TINCAN/1 JOIN tea\n".utf8)
    for length in 0...line.count {
      let guest = try TestGuest(port: relay.port)
      try guest.say(line[..<length])
      if length % 2 == 0 { guest.reset() } else { guest.close() }
    }
    try relay.expectMetric("arrivals_total{port=\"relay\"}", line.count + 1)
    try relay.expectMetric("guests", 0)
    for leavesFirst in [true, false] {
      for resets in [true, false] {
        let (first, second) = try relay.pair("tea")
        try first.say("unread")
        try second.say("unread")
        let (one, other) = leavesFirst ? (first, second) : (second, first)
        if resets { one.reset() } else { one.close() }
        other.close()
        try relay.expectMetric("guests", 0)
      }
    }
    try relay.expectMetric("parting", 0)
    try relay.expectMetric("parked_bytes", 0)
  }

  // MARK: The end

  @Test("Told to end, it lets nobody in, tells the waiting, lets pairs finish, and ends", arguments: [1, 3])
  func drains(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (first, second) = try relay.pair("tea")
    let waiting = try relay.guest(joining: "coffee")
    try waiting.expect("TINCAN/1 WAIT\n")
    relay.remote.end()
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
      relay.remote.end()
      if isTold { relay.remote.end() }
      try first.expectReset()
      try second.expectReset()
      relay.waitForEnd()
    }
  }

  @Test("A late reader whose partner broke sees no goodbye when the relay is stopped")
  func stopsWithSurvivor() throws {
    let relay = try RunningRelay()
    let (first, second) = try pairWithLateReader(at: relay, bytes: 200_000)
    first.reset()
    try relay.expectMetric("pairs_ended_total{how=\"broken\"}", 1)
    relay.remote.end()
    relay.remote.end()
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
    func relay() throws -> (WorkerThread, Remote) {
      // As across an exec: a number of its own for the same socket.
      let settings = RelaySettings(
        place: .inherited([dup(held.numbers[0])]), bounds: .none, verbosity: -1, handlesSignals: false)
      nonisolated(unsafe) var relay: Relay? = try Relay(settings)
      let remote = relay!.remote
      let thread = try WorkerThread {
        relay!.run()
        relay = nil
      }
      return (thread, remote)
    }
    let (thread, remote) = try relay()
    let first = try TestGuest(port: address.port)
    try first.say("TINCAN/1 JOIN tea\n")
    try first.expect("TINCAN/1 WAIT\n")
    remote.end()
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
    let remote = relay!.remote
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
    remote.end()
    thread.join()
    #expect(access(path, F_OK) != 0)
  }
}

@Suite("Requests for metrics")
struct MetricsRequestTests {
  private func answer(_ text: String, isDraining: Bool = false) -> String? {
    MetricsRequest.answer(to: Array(text.utf8), isDraining: isDraining) { "page\n" }
  }

  @Test("A request is answered once it is complete")
  func answers() throws {
    #expect(answer("GET /metrics HTTP/1.1\r\nHost: a\r\n") == nil)
    #expect(answer("") == nil)
    let page = try #require(answer("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(page.hasPrefix("HTTP/1.0 200 OK\r\n") && page.hasSuffix("Content-Length: 5\r\n\r\npage\n"))
    #expect(try #require(answer("HEAD /metrics HTTP/1.0\r\n\r\n")).hasSuffix("Content-Length: 5\r\n\r\n"))
    #expect(answer("GET /metrics?a=b HTTP/1.0\n\n")?.hasPrefix("HTTP/1.0 200 ") == true)
    #expect(answer("GET /healthz HTTP/1.0\r\n\r\n")?.hasPrefix("HTTP/1.0 200 ") == true)
    #expect(answer("GET /healthz HTTP/1.0\r\n\r\n", isDraining: true)?.hasPrefix("HTTP/1.0 503 ") == true)
    #expect(answer("GET / HTTP/1.0\r\n\r\n")?.hasPrefix("HTTP/1.0 404 ") == true)
    #expect(answer("POST /metrics HTTP/1.0\r\n\r\n")?.hasPrefix("HTTP/1.0 405 ") == true)
    #expect(answer("\r\n\r\n")?.hasPrefix("HTTP/1.0 400 ") == true)
    #expect(
      answer(String(repeating: "x", count: RelayLimits.metricsRequestBytesMax))?.hasPrefix("HTTP/1.0 400 ") == true)
  }
}
