import Synchronization
import TestSupport
import Testing

@testable import ChatEndpoint

extension WallTime {
  /// 26 November 2026, 12:00 UTC: the same date in all zones but a few of the Pacific.
  static let noon = WallTime(seconds: 1_795_694_400)
  static let noonOfTheNextDay = WallTime(seconds: 1_795_694_400 + 86_400)
}

// The C library reads the time zone from a file.
@Suite("The time of day", .opensDescriptors)
struct WallClockTests {
  @Test("People see hours and minutes, and the date of a day")
  func forPeople() {
    #expect(WallTime.noon.hoursAndMinutes.wholeMatch(of: /([01][0-9]|2[0-3]):[0-5][0-9]/) != nil)
    #expect(WallTime.noon.date == "Thursday, 26 November 2026")
    #expect(WallTime.noonOfTheNextDay.day != WallTime.noon.day)
    #expect(WallTime(seconds: WallTime.noon.seconds + 1).day == WallTime.noon.day)
  }

  @Test("Events have RFC 3339 in UTC with milliseconds")
  func timestamp() {
    #expect(WallTime.noon.timestamp == "2026-11-26T12:00:00.000Z")
    #expect(WallTime(seconds: 951_782_399, nanoseconds: 7_999_999).timestamp == "2000-02-28T23:59:59.007Z")
  }

  @Test("The system's clock does not go back")
  func system() {
    let first = WallClock.system.now
    let second = WallClock.system.now
    #expect(first.seconds > WallTime.noon.seconds - 86_400)
    #expect((first.seconds, first.nanoseconds) <= (second.seconds, second.nanoseconds))
  }
}

@Suite("The form of times", .opensDescriptors)
struct TimestampFormatTests {
  @Test(
    "is a format of strftime, or none",
    arguments: [
      ("%M:%S", "00:00"), ("%Y-%m-%dT%M:%S", "2026-11-26T00:00"), ("%-d. %^b %02S%%", "26. NOV 00%"), ("at", "at"),
    ])
  func texts(format: String, text: String) throws {
    #expect(try TimestampFormat(parsing: format).text(of: .noon) == text)
    #expect(try TimestampFormat(parsing: "none").text(of: .noon) == nil)
  }

  @Test(
    "is refused when a time would be no short text in one row",
    arguments: [
      ("", "a format such as %H:%M:%S is needed, or 'none'"),
      ("%H:%Q", "'%Q' is no conversion of strftime"), ("%H:%", "'%' is no conversion of strftime"),
      ("%-5E", "'%-5E' is no conversion of strftime"),
      ("%H%n%M", "a time would have control characters or invisible ones"),
      ("\u{1B}[1m%H", "a time would have control characters or invisible ones"),
      ("%H\u{202E}", "a time would have control characters or invisible ones"),
      ("%100H", "a time would be longer than 48 characters"), ("%9999Y", "a time would be longer than 48 characters"),
      (String(repeating: "%H", count: 65), "at most 128 bytes are possible"),
    ])
  func refused(format: String, reason: String) {
    #expect {
      try TimestampFormat(parsing: format)
    } throws: {
      "\($0)" == reason
    }
  }

  @Test("is checked with the longest names, so no other day has a longer text")
  func longest() throws {
    let format = try TimestampFormat(parsing: "%A, %d %B %Y")
    let longest = 29
    for day in 0..<400 {
      let text = try #require(format.text(of: WallTime(seconds: WallTime.noon.seconds + day * 86_400)))
      #expect(text.count <= longest)
    }
    #expect(throws: TimestampFormat.Malformed.self) { try TimestampFormat(parsing: "%A, %d %B %Y, and %12M %12S") }
  }
}
