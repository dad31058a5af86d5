import Basics
import Testing

@Suite("Instants are points, durations lie between them")
struct InstantTests {
  @Test("Adding a duration and taking the difference gives it back")
  func arithmetic() {
    let early = Instant(sinceOrigin: .seconds(5))
    let late = early + .milliseconds(1500)
    #expect(late - early == .milliseconds(1500))
    #expect(early - late == .milliseconds(-1500))
    #expect(early < late)
    #expect(!(early < early))
    #expect(max(early, late) == late)
  }
}
