import Basics
import Testing

@testable import ChatEndpoint

@Suite("Refused callers are reported once a second at most")
struct RefusedCallersReportTests {
  private func at(_ milliseconds: Int) -> Instant { Instant(sinceOrigin: .milliseconds(milliseconds)) }

  @Test("The first is reported at once, a flood behind it in one line")
  func flood() {
    var callers = RefusedCallersReport()
    #expect(callers.take(now: at(0)) == nil)
    callers.add("a")
    #expect(callers.take(now: at(0)) == .init(caller: "a", others: 0))
    for number in 1...37 { callers.add("b\(number)") }
    #expect(callers.deadline == at(1000))
    #expect(callers.take(now: at(999)) == nil)
    #expect(callers.take(now: at(1000)) == .init(caller: "b37", others: 36))
    #expect(callers.deadline == nil)
    #expect(callers.take(now: at(5000)) == nil)
  }
}
