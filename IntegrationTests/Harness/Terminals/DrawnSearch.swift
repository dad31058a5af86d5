/// Looks for a text in everything a screen showed, as it comes: each change is looked at once.
struct DrawnSearch {
  enum Answer {
    /// It was on the screen; with the row it began in, from 1, and what that row was.
    case found(row: Int, text: [UInt8])
    case absent
    /// It is not in what is kept, and there is more that was neither looked at nor kept.
    case unknown
  }

  private let matcher: ScreenMatcher
  /// The number of the next change to look at.
  private var position: Int
  /// The screen before that change; nil before the first look.
  private var rows: [[UInt8]]?
  private var hasMissedSome = false

  /// `position` is the number of the first change that counts; from 0 on, everything does.
  init(_ matcher: ScreenMatcher, from position: Int = 0) {
    self.matcher = matcher
    self.position = position
  }

  /// Looks at what changed since the last time.
  mutating func search(in history: DrawnHistory) -> Answer {
    if position < history.droppedCount {
      hasMissedSome = true
      position = history.droppedCount
      rows = nil
    }
    var screen = rows ?? start(in: history)
    for change in history.changes(from: position) {
      change.apply(to: &screen)
      if let found = search(change, in: screen) { return found }
    }
    position = history.count
    rows = screen
    return hasMissedSome ? .unknown : .absent
  }

  /// The screen just before the first change to look at.
  private func start(in history: DrawnHistory) -> [[UInt8]] {
    var screen = history.firstRows
    for change in history.changes(from: 0).prefix(position - history.droppedCount) { change.apply(to: &screen) }
    return screen
  }

  /// A text within a row can only appear in a row that changed; one of several rows, near it.
  private func search(_ change: DrawnHistory.Change, in screen: [[UInt8]]) -> Answer? {
    switch change {
    case .rows(let changed):
      for (row, _) in changed {
        let near = max(0, row - matcher.newlines)..<min(screen.count, row + matcher.newlines + 1)
        if let found = search(near, in: screen) { return found }
      }
      return nil
    case .moved: return matcher.newlines > 0 ? search(screen.indices, in: screen) : nil
    case .screen: return search(screen.indices, in: screen)
    }
  }

  private func search(_ rows: Range<Int>, in screen: [[UInt8]]) -> Answer? {
    matcher.firstRow(in: screen[rows]).map { .found(row: $0 + 1, text: screen[$0]) }
  }
}
