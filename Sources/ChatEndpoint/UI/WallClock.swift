import Basics
import Glibc

/// The time of day, for people and for events.
enum WallClock {
  /// Hours and minutes in the user's time zone: `12:04`.
  static func hoursAndMinutes() -> String {
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    return "\(twoDigits(local.tm_hour)):\(twoDigits(local.tm_min))"
  }

  /// An instant as RFC 3339 writes it, in UTC and milliseconds: `2025-01-31T12:04:05.678Z`.
  static func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var utc = tm()
    gmtime_r(&now.tv_sec, &utc)
    let date = "\(utc.tm_year + 1900)-\(twoDigits(utc.tm_mon + 1))-\(twoDigits(utc.tm_mday))"
    let thousandths = String(now.tv_nsec / 1_000_000 + 1000).dropFirst()
    return "\(date)T\(twoDigits(utc.tm_hour)):\(twoDigits(utc.tm_min)):\(twoDigits(utc.tm_sec)).\(thousandths)Z"
  }

  private static func twoDigits(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
