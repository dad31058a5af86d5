import ChatProtocol
import Glibc
import Sockets
import Testing

@testable import ChatEndpoint

@Suite("Failures and exit reasons")
struct FailureTests {
  @Test("Each family has its number")
  func numbers() {
    let numbers = ChatEndpoint.ExitStatus.allCases.map { ExitReason($0).number }
    #expect(numbers == [0, 64, 65, 66, 68, 69, 70, 73, 74, 75, 76, 77])
  }

  @Test("The shell sees the signal that ended the program")
  func signals() {
    #expect(ExitReason(.success, signal: SIGINT).number == 130)
    #expect(ExitReason(.undelivered, "x", signal: SIGTERM).number == 143)
  }

  @Test(
    "A name that cannot be used is named, and only one that nobody has is an unknown host",
    arguments: [
      (Resolver.Failure.unknownHost, ChatEndpoint.ExitStatus.unknownHost), (.noAnswer, .unavailable),
      (.other("system error"), .unavailable),
    ])
  func unresolved(failure: Resolver.Failure, status: ChatEndpoint.ExitStatus) {
    let report = Failure.reach(.lookUpFailed("nobody.invalid", failure)).report
    #expect(report.status == status)
    #expect(report.problem.contains("'nobody.invalid'"))
  }

  @Test(
    "An address that cannot be listened on comes with advice",
    arguments: [
      (ListeningAddress.everywhere(port: 80), EADDRINUSE, ChatEndpoint.ExitStatus.unavailable, "--port"),
      (.everywhere(port: 80), EACCES, .unavailable, "privileges"),
      (.host("::1", port: 80), EADDRNOTAVAIL, .unavailable, "not one of this machine's"),
      (.unix(path: "/x"), EADDRINUSE, .unavailable, "another path"),
      (.unix(path: "/x"), ENOENT, .cannotCreate, "no such file"),
    ])
  func cannotListen(place: ListeningAddress, code: CInt, status: ChatEndpoint.ExitStatus, advice: String) {
    let report = Failure.reach(.cannotListen(ListeningFailure(place, SystemError(call: "bind", code: code)))).report
    #expect(report.status == status)
    #expect(
      ExitReason(.reach(.cannotListen(ListeningFailure(place, SystemError(call: "bind", code: code))))).sentence?
        .contains(advice) == true)
  }

  @Test("Every family of blame has its statuses")
  func blame() {
    let rows: [(Failure, Blame, ChatEndpoint.ExitStatus)] = [
      (.input(.unreadable(name: "x", SystemError(call: "open", code: ENOENT))), .misuse, .noInput),
      (.output(.failed(reason: "full", lost: 2)), .system, .inputOutput),
      (.relay(.notARelay(HostPort("h", 1))), .peerIncompatible, .unavailable),
      (
        .relay(.refused(RelayRoom(RoomName("tea")!, at: HostPort("h", 1)), .syntax, text: "x")), .peerViolation,
        .unavailable
      ),
      (.own(.cannotWait(SystemError(call: "poll", code: EINVAL))), .ours, .internalFault),
    ]
    for (failure, blame, status) in rows {
      #expect(failure.report.blame == blame)
      #expect(failure.report.status == status)
    }
    #expect(Set(rows.map(\.1)).count == Blame.allCases.count)
  }

  @Test("The problem and the advice are apart, and make one sentence")
  func advice() {
    let reason = ExitReason(.relay(.silent(HostPort("h", 1))))
    #expect(reason.problem == "the relay h:1 does not answer any more")
    #expect(reason.advice == "try again, or another relay")
    #expect(reason.sentence == "the relay h:1 does not answer any more; try again, or another relay")
  }
}
