import Glibc
import Sockets
import Testing

@testable import ChatEndpoint

@Suite("How the program ends")
struct DepartureTests {
  @Test("Each family has its number")
  func numbers() {
    let numbers = Departure.Status.allCases.map { Departure($0).number }
    #expect(numbers == [0, 65, 66, 68, 69, 70, 73, 74, 75])
  }

  @Test("A signal that made us leave is what the shell sees")
  func signals() {
    #expect(Departure(.goodbye, signal: SIGINT).number == 130)
    #expect(Departure(.undelivered, "x", signal: SIGTERM).number == 143)
  }

  @Test(
    "A name that cannot be used is named",
    arguments: [
      Resolver.Failure.unknownHost, .noAnswer, .other("system error"),
    ])
  func unresolved(failure: Resolver.Failure) throws {
    let departure = Departure.unresolved("nobody.invalid", failure)
    #expect(departure.status == .unknownHost)
    #expect(try #require(departure.sentence).contains("'nobody.invalid'"))
  }

  @Test(
    "A place we cannot listen at comes with advice",
    arguments: [
      (ListeningAddress.everywhere(port: 80), EADDRINUSE, Departure.Status.unavailable, "--port"),
      (.everywhere(port: 80), EACCES, .unavailable, "privileges"),
      (.host("::1", port: 80), EADDRNOTAVAIL, .unavailable, "not one of this machine's"),
      (.unix(path: "/x"), EADDRINUSE, .unavailable, "another path"),
      (.unix(path: "/x"), ENOENT, .cannotCreate, "no such file"),
    ])
  func cannotListen(place: ListeningAddress, code: CInt, status: Departure.Status, advice: String) throws {
    let departure = Departure.cannotListen(ListeningFailure(place, SystemError(call: "bind", code: code)))
    #expect(departure.status == status)
    #expect(try #require(departure.sentence).contains(advice))
  }
}
