import Basics
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("A connector", .serialized, .leavesNoDescriptor)
struct ConnectorTests {
  /// What came of dialling a socket file that is not there, in invented time.
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
    #expect((Duration.milliseconds(125)...(.milliseconds(250))).contains(dialling.pauses[0]))
    #expect(dialling.pauses.dropFirst(5).allSatisfy { (Duration.milliseconds(2500)...(.seconds(5))).contains($0) })
    #expect(Set(dialling.pauses.dropFirst(5)).count > 50, "pauses are jittered")
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
