import Basics
import Glibc

/// An instant of the past, as a person types it: `2026-11-26`, `2026-11-26 14:02`, `14:02`, `2h`, `yesterday`.
public struct PastDate: Sendable {
  /// Seconds since 1970-01-01 UTC.
  public let seconds: Int

  /// The forms, for a sentence that refuses another one.
  public static let forms = "2026-11-26, '2026-11-26 14:02', 14:02, 90m, 2h, 3d, 1w, today or yesterday"

  /// Reads a date in the user's time zone, or a time as JSON has it, in UTC. A time of day is the last such time.
  /// - Returns: nil if the text is neither.
  public init?(_ text: String) { self.init(text, now: WallClock.system.now) }

  /// - Parameter now: the present time.
  init?(_ text: String, now: WallTime) {
    let lower = text.lowercased()
    guard
      let seconds = PastDate.ago(lower, now) ?? PastDate.named(lower, now) ?? PastDate.timeOfDay(text, now)
        ?? PastDate.date(text)
    else { return nil }
    self.seconds = seconds
  }

  /// `90m`, `2h`, `3d`, `1w`: so long ago. A day has 24 hours here.
  private static func ago(_ text: String, _ now: WallTime) -> Int? {
    let units: [Character: Int] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let unit = text.last.flatMap({ units[$0] }), let count = number(text.dropLast(), digits: 1...6) else {
      return nil
    }
    return now.seconds - count * unit
  }

  private static func named(_ text: String, _ now: WallTime) -> Int? {
    switch text {
    case "today": midnight(daysAgo: 0, now)
    case "yesterday": midnight(daysAgo: 1, now)
    default: nil
    }
  }

  private static func timeOfDay(_ text: String, _ now: WallTime) -> Int? {
    guard var time = clockTime(text[...]) else { return nil }
    let today = now.calendar
    (time.tm_year, time.tm_mon, time.tm_mday) = (today.tm_year, today.tm_mon, today.tm_mday)
    if let seconds = instants(of: time).last(where: { $0 <= now.seconds }) { return seconds }
    time.tm_mday -= 1
    return instants(of: time).last
  }

  /// The instants at which the user's clocks show a time, the earlier first: two where they are set back, and where
  /// they skip it the one at which they would have shown it. mktime(3) alone takes either of two by what it did before.
  private static func instants(of time: tm) -> [Int] {
    var (found, skipped): ([Int], Int?) = ([], nil)
    for isSummer in [CInt(1), 0] {
      var asked = time
      asked.tm_isdst = isSummer
      let seconds = mktime(&asked)
      if asked.tm_hour == time.tm_hour, asked.tm_min == time.tm_min { found.append(seconds) } else { skipped = seconds }
    }
    return found.isEmpty ? [skipped].compactMap(\.self) : Array(Set(found)).sorted()
  }

  /// A day, with or without a time of it; `T` may stand between, and `Z` behind it for UTC (RFC 3339).
  private static func date(_ text: String) -> Int? {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == " " || $0 == "T" || $0 == "t" }
    let day = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard day.count == 3, let year = number(day[0], digits: 4...4), let month = number(day[1], digits: 1...2),
      let dayOfMonth = number(day[2], digits: 1...2), year >= 1970, (1...12).contains(month)
    else { return nil }
    var clock = parts.count > 1 ? parts[1] : "00:00"
    let isUTC = clock.last == "Z" || clock.last == "z"
    if isUTC { clock.removeLast() }
    guard var time = clockTime(clock) else { return nil }
    time.tm_year = CInt(year - 1900)
    time.tm_mon = CInt(month - 1)
    time.tm_mday = CInt(dayOfMonth)
    // The calls take 30 February for 2 March.
    var exact = time
    let seconds = timegm(&exact)
    guard exact.tm_mday == CInt(dayOfMonth) else { return nil }
    return isUTC ? seconds : instants(of: time).first
  }

  /// `14:02`, `14:02:31`, `14:02:31.250`, whose fraction does not matter.
  private static func clockTime(_ text: Substring) -> tm? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, number(parts[1], digits: 1...9) == nil { return nil }
    let numbers = parts[0].split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 1...2) }
    guard numbers.count == 2 || numbers.count == 3, let hour = numbers[0], let minute = numbers[1],
      let second = numbers.count == 3 ? numbers[2] : 0, hour < 24, minute < 60, second < 60
    else { return nil }
    var time = tm()
    (time.tm_hour, time.tm_min, time.tm_sec) = (CInt(hour), CInt(minute), CInt(second))
    return time
  }

  private static func midnight(daysAgo: CInt, _ now: WallTime) -> Int? {
    var day = now.calendar
    (day.tm_hour, day.tm_min, day.tm_sec) = (0, 0, 0)
    day.tm_mday -= daysAgo
    return instants(of: day).first
  }

  private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
    digits.contains(text.utf8.count) ? Int(digits: text.utf8) : nil
  }
}
