import Glibc
import TestSupport
import Testing

@testable import ChatEndpoint

// The C library reads the time zone from a file.
@Suite("A date of the past, as a person types it", .opensDescriptors)
struct PastDateTests {
  private func date(_ text: String, now: WallTime = .noon) -> WallTime? {
    PastDate(text, now: now).map { WallTime(seconds: $0.seconds) }
  }

  @Test(
    "is so long ago", arguments: [("90m", 5400), ("2h", 7200), ("3D", 259_200), ("1w", 604_800), ("0m", 0)])
  func ago(text: String, seconds: Int) {
    #expect(date(text)?.seconds == WallTime.noon.seconds - seconds)
  }

  @Test(
    "is a time in UTC, as JSON has it",
    arguments: [
      ("2026-11-26T12:00:00.000Z", 0), ("2026-11-26T12:00:07.999Z", 7), ("2026-11-26 11:59Z", -60),
      ("1970-01-01T00:00Z", -WallTime.noon.seconds), ("2028-02-29T12:00Z", 1_835_438_400 - WallTime.noon.seconds),
    ])
  func utc(text: String, offset: Int) {
    #expect(date(text)?.seconds == WallTime.noon.seconds + offset)
  }

  @Test("is a day, with or without a time of it, in the user's time zone")
  func day() {
    #expect(date("2026-11-26")?.text(by: "%F %T") == "2026-11-26 00:00:00")
    #expect(date("2026-1-2 3:04")?.text(by: "%F %T") == "2026-01-02 03:04:00")
    #expect(date("2026-11-26T14:02:31")?.text(by: "%F %T") == "2026-11-26 14:02:31")
  }

  @Test("is a time of today, or of yesterday if that is still to come")
  func timeOfDay() throws {
    for (time, hour) in [("00:00", 0), ("23:59", 23), ("9:30:15", 9)] {
      let found = try #require(date(time))
      #expect(found.seconds <= WallTime.noon.seconds && found.seconds > WallTime.noon.seconds - 90_000)
      #expect(found.text(by: "%-H") == "\(hour)")
    }
  }

  @Test("is the beginning of today or of yesterday")
  func named() {
    #expect(date("today")?.text(by: "%F %T") == WallTime.noon.text(by: "%F 00:00:00"))
    let dayBefore = WallTime(seconds: WallTime.noon.seconds - 86_400)
    #expect(date("Yesterday")?.text(by: "%F %T") == dayBefore.text(by: "%F 00:00:00"))
  }

  @Test("is the earlier of two where clocks are set back, and of a time of day the last that has come")
  func twice() async {
    // The time zone is the process', so this is one of its own.
    await #expect(processExitsWith: .success) {
      setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1)
      // 2026-10-25 02:30 in summer time, and an hour later in winter time.
      let first = 1_792_888_200
      func read(_ text: String, at now: Int) -> Int? { PastDate(text, now: WallTime(seconds: now))?.seconds }
      for time in [first - 9_000_000, first + 9_000_000] {
        var calendar = tm()
        var seconds = time_t(time)
        localtime_r(&seconds, &calendar)
        calendar.tm_isdst = -1
        // An earlier question to mktime(3) does not matter.
        _ = mktime(&calendar)
        precondition(read("2026-10-25 02:30", at: first + 86_400) == first)
        precondition(read("02:30", at: first + 60) == first)
        precondition(read("02:30", at: first + 3660) == first + 3600)
        precondition(read("02:30", at: first - 60) == first - 86_400)
        precondition(read("2026-10-25", at: first) == first - 9000)
        precondition(read("2026-03-29 02:30", at: first) == 1_774_747_800)
      }
    }
  }

  @Test(
    "is nothing else",
    arguments: [
      "", "soon", "h", "-2h", "1234567m", "2y", "2026", "2026-13-01", "2026-02-30", "2026-02-29", "26-11-26",
      "2026-11-26 ", "2026-11-26 24:00", "14:60", "14", "14:02:60", "14:02.", "14:02:31Z", "2026-11-26T12:00+01:00",
      "1969-12-31", "٢h", "2026-11-26\n", "14:02:31:11",
    ])
  func refused(text: String) {
    #expect(date(text) == nil)
  }
}
