import Glibc

/// An instant of the time of day in UTC, for reports that are compared with those of other machines.
public struct UTCTime: Equatable, Sendable {
  /// Seconds since 1970 began.
  private let seconds: Int
  /// The nanoseconds of that second.
  private let nanoseconds: Int

  /// - Parameters:
  ///   - seconds: since 1970 began in UTC.
  ///   - nanoseconds: of that second, from 0 to 999,999,999.
  public init(seconds: Int, nanoseconds: Int = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// The system's clock (clock_gettime(2), CLOCK_REALTIME).
  public static var now: UTCTime {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UTCTime(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
  }

  /// The instant that lies a duration before another.
  public static func - (time: UTCTime, earlier: Duration) -> UTCTime {
    let (whole, part) = earlier.components
    let nanoseconds = time.nanoseconds - Int(part / 1_000_000_000)
    let borrowed = nanoseconds < 0 ? 1 : 0
    return UTCTime(
      seconds: time.seconds - Int(whole) - borrowed, nanoseconds: nanoseconds + borrowed * 1_000_000_000)
  }

  /// Seconds since 1970 began, with what is left of them.
  public var sinceEpoch: Double { Double(seconds) + Double(nanoseconds) / 1e9 }

  /// As RFC 3339 writes it, in milliseconds: `2025-01-31T12:04:05.678Z`.
  public var timestamp: String {
    var seconds = seconds
    var utc = tm()
    gmtime_r(&seconds, &utc)
    func twoDigits(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(utc.tm_year + 1900)-\(twoDigits(utc.tm_mon + 1))-\(twoDigits(utc.tm_mday))"
    let thousandths = String(nanoseconds / 1_000_000 + 1000).dropFirst()
    return "\(date)T\(twoDigits(utc.tm_hour)):\(twoDigits(utc.tm_min)):\(twoDigits(utc.tm_sec)).\(thousandths)Z"
  }
}
