import Basics
import Glibc
import Sockets

/// The time of day. The program reads the system's clock; a test sets its own.
struct WallClock: Sendable {
  /// The system's clock (clock_gettime(2)).
  static let system = WallClock {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return WallTime(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
  }

  private let read: @Sendable () -> WallTime

  /// - Parameter read: returns the present time.
  init(_ read: @escaping @Sendable () -> WallTime) { self.read = read }

  /// The present time.
  var now: WallTime { read() }
}

/// An instant of the time of day, for people and for events.
struct WallTime: Equatable, Sendable {
  /// Seconds since 1970 began in UTC.
  let seconds: Int
  /// The nanoseconds of that second.
  var nanoseconds = 0

  /// A day of a calendar.
  struct Day: Equatable, Sendable {
    let year: CInt
    let dayOfYear: CInt
  }

  /// The day in the user's time zone.
  var day: Day { Day(year: calendar.tm_year, dayOfYear: calendar.tm_yday) }

  /// The date in the user's time zone: `Thursday, 26 November 2026`.
  var date: String { text(by: "%A, %-d %B %Y") }

  /// Hours and minutes in the user's time zone: `12:04`.
  var hoursAndMinutes: String { text(by: "%H:%M") }

  /// The text that strftime(3) makes of this instant in the user's time zone, with English names.
  /// - Parameter format: a format whose text has fewer than 256 bytes. The text of a longer one is empty.
  func text(by format: String) -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    var local = calendar
    let count = strftime(&bytes, bytes.count, format, &local)
    return String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// As RFC 3339 writes it, in UTC and milliseconds: `2025-01-31T12:04:05.678Z`.
  var timestamp: String { UTCTime(seconds: seconds, nanoseconds: nanoseconds).timestamp }

  /// Its parts in the user's time zone.
  var calendar: tm {
    var seconds = seconds
    var local = tm()
    localtime_r(&seconds, &local)
    return local
  }
}
