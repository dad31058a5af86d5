/// Announces each new day among lines of the conversation, because their times have no date.
struct DayLines {
  private var day: WallTime.Day

  /// Begins today, which needs no line.
  init(today: WallTime) { day = today.day }

  /// The lines, with one for the day before them if it is another one than that of the lines before.
  mutating func adding(to entries: [Transcript.Entry], at time: WallTime) -> [Transcript.Entry] {
    guard time.day != day else { return entries }
    day = time.day
    return [.day(time.date)] + entries
  }
}
