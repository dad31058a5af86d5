import TestSupport
import Testing

@testable import ChatEndpoint

// The C library reads the time zone from a file.
@Suite("The time of day", .opensDescriptors)
struct WallClockTests {
  @Test("People see hours and minutes")
  func hoursAndMinutes() {
    #expect(WallClock.hoursAndMinutes().wholeMatch(of: /([01][0-9]|2[0-3]):[0-5][0-9]/) != nil)
  }

  @Test("Events have RFC 3339 in UTC with milliseconds, and time does not go back")
  func timestamp() {
    let first = WallClock.timestamp()
    let form = /20[0-9]{2}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-6][0-9]\.[0-9]{3}Z/
    #expect(first.wholeMatch(of: form) != nil, "\(first)")
    #expect(first <= WallClock.timestamp())
  }
}
