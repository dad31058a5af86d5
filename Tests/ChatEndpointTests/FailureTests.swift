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

  @Test(
    "A full room is named as those know it who use it",
    arguments: [
      ("tea", "cannot join tea@h:1: two are in that room already; agree on another one"),
      ("p-tea", "cannot join p-tea@h:1: two are in that room already; agree on another one"),
      ("p-0021345", "cannot join p-0021345@h:1: two are in that room already; agree on another one"),
      ("p-002134", "two have met with this code already; ask for a new one"),
    ])
  func fullRoom(name: String, sentence: String) {
    let room = RelayRoom(RoomName(name)!, at: HostPort("h", 1))
    #expect(ExitReason(.relay(.refused(room, .roomTaken, text: "x"))).sentence == sentence)
  }

  @Test("Nobody comes to the room of a code, whose name says nothing to a person")
  func emptyRoom() {
    let room = RelayRoom(RoomName("p-002134")!, at: HostPort("h", 1))
    let reason = ExitReason(.reach(.nobodyCame(room.route, within: .seconds(1), option: nil)))
    #expect(reason.sentence == "nobody else came to the room of that code at the relay h:1 within 1 s")
  }

  @Test("Messages that wait are told of behind the rest, or alone")
  func waiting() {
    let waiting = ConversationOutcome.waiting(2, for: "bob")
    let reason = ExitReason(.unavailable, "nobody is there", advice: "try again", waiting: waiting)
    #expect(
      reason.sentence == "nobody is there; try again; 2 messages wait for bob, and go out when you two meet next")
    #expect(ExitReason(.undelivered, nil, advice: nil, waiting: waiting).sentence == waiting)
  }

  @Test("The problem and the advice are apart, and make one sentence")
  func advice() {
    let reason = ExitReason(.relay(.silent(HostPort("h", 1))))
    #expect(reason.problem == "the relay h:1 does not answer any more")
    #expect(reason.advice == "try again, or another relay")
    #expect(reason.sentence == "the relay h:1 does not answer any more; try again, or another relay")
  }
}
