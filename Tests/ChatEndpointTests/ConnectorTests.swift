import Basics
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("A connector", .serialized, .leavesNoDescriptor)
struct ConnectorTests {
  /// The result of dialling a socket file that is not there, in invented time.
  private struct Dialling {
    var pauses: [Duration] = []
    var failure: Failure?
    var reports: [String] = []
    var now = Instant(sinceOrigin: .zero)
  }

  private func dial(triesAgain: Bool, timeout: Duration?, until end: Instant) throws -> Dialling {
    var dialling = Dialling()
    var connector = try Connector(
      to: .socketFile(path: "/nowhere"), timeout: timeout, triesAgain: triesAgain, option: "--timeout",
      now: dialling.now)
    while dialling.failure == nil, dialling.now < end {
      do {
        let isDone = try connector.step(PollSet(), now: dialling.now) != nil
        #expect(!isDone)
      } catch {
        dialling.failure = error
      }
      dialling.reports += connector.events.map(\.sentence)
      connector.events = []
      guard let next = connector.deadline else { break }
      dialling.pauses.append(next - dialling.now)
      dialling.now = next
    }
    return dialling
  }

  @Test("fails at once when nobody is there")
  func atOnce() throws {
    let dialling = try dial(triesAgain: false, timeout: .seconds(30), until: Instant(sinceOrigin: .seconds(60)))
    guard case .reach(.unreachable) = dialling.failure else {
      Issue.record("\(String(describing: dialling.failure))")
      return
    }
    #expect(dialling.now == Instant(sinceOrigin: .zero))
  }

  @Test("that waits dials again and again, reports a reason once, and pauses longer, but no longer than five seconds")
  func triesAgain() throws {
    let dialling = try dial(triesAgain: true, timeout: nil, until: Instant(sinceOrigin: .seconds(600)))
    #expect(dialling.failure == nil)
    #expect(
      dialling.reports
        == ["connecting to unix:/nowhere", "cannot reach unix:/nowhere: no such file or directory; still trying"])
    // Full jitter: any time up to the longest, which doubles.
    for (pause, longest) in zip(dialling.pauses, [250, 500, 1000, 2000, 4000]) {
      #expect((.zero ... .milliseconds(longest)).contains(pause))
    }
    let later = dialling.pauses.dropFirst(5)
    #expect(later.allSatisfy { (.zero ... .seconds(5)).contains($0) })
    #expect(Set(later).count > 50 && later.min()! < .seconds(1) && later.max()! > .seconds(4))
  }

  @Test("that waits gives up when its time is over, with the last reason")
  func givesUp() throws {
    let dialling = try dial(triesAgain: true, timeout: .seconds(60), until: Instant(sinceOrigin: .seconds(600)))
    guard case .reach(.unreachable) = dialling.failure else {
      Issue.record("\(String(describing: dialling.failure))")
      return
    }
    #expect(dialling.now == Instant(sinceOrigin: .seconds(60)))
  }

  /// Steps a connector until it has a link.
  private func connect(_ connector: inout Connector, now: Instant) throws {
    for _ in 0..<1000 {
      var set = PollSet()
      connector.watch(in: &set)
      try set.wait(atMost: .milliseconds(20))
      if try connector.step(set, now: now) != nil { return }
    }
    Issue.record("there was no link")
  }

  @Test("whose link broke dials again without a limit, whatever --timeout and --wait say")
  func reconnects() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("peer")
    var now = Instant(sinceOrigin: .zero)
    var connector = try Connector(
      to: .socketFile(path: path), timeout: .seconds(1), triesAgain: false, option: "--timeout", now: now)
    do {
      let listener = try Listener(unixPath: path)
      try connect(&connector, now: now)
      withExtendedLifetime(listener) {}
    }
    #expect(connector.deadline == nil)
    connector.reconnect(wasUseful: true, now: now)
    for _ in 0..<100 {
      now = try #require(connector.deadline)
      #expect(try connector.step(PollSet(), now: now) == nil)
    }
    #expect(now > Instant(sinceOrigin: .seconds(60)))
    #expect(connector.retries.nextPauseMax == .seconds(5))
    connector.networkChanged(now: now)
    #expect(connector.deadline == now)
    #expect(connector.retries.nextPauseMax == .milliseconds(250))
  }

  @Test("begins a try anew, two seconds after the network has changed under it")
  func restarts() throws {
    let listener = try Listener(at: [RelayReachTests.loopback(0)])
    var now = Instant(sinceOrigin: .zero)
    var connector = try Connector(
      to: .direct(HostPort("127.0.0.1", listener.addresses[0].port)), timeout: nil, triesAgain: true, option: nil,
      now: now)
    connector.networkChanged(now: now)
    now = now + .seconds(1)
    connector.networkChanged(now: now)
    #expect(connector.deadline == Instant(sinceOrigin: .seconds(2)))
    try connect(&connector, now: Instant(sinceOrigin: .seconds(2)))
  }

  @Test("tries again only after what may pass")
  func mayPass() throws {
    for code in [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ENOENT, EMFILE] {
      #expect(SystemError(call: "connect", code: code).mayPass)
    }
    for code in [EACCES, ENOTSOCK, ENOTDIR, EAFNOSUPPORT] {
      #expect(!SystemError(call: "connect", code: code).mayPass)
    }
    #expect(Failure.reach(.lookUpFailed("x", .noAnswer)).mayPass)
    #expect(!Failure.reach(.lookUpFailed("x", .unknownHost)).mayPass)
    #expect(Failure.relay(.closed(HostPort("h", 1))).mayPass)
    #expect(!Failure.relay(.notARelay(HostPort("h", 1))).mayPass)
  }
}
