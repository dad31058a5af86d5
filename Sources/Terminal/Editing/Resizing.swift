import Basics
import CLineEditing
import Glibc

/// The size of the window.
enum WindowSize {
  /// What the kernel knows, else what the environment says, else the usual 80x24.
  static func now() -> (rows: Int, columns: Int) {
    var rows: CInt = 0
    var columns: CInt = 0
    clineediting_window_size(0, &rows, &columns)
    return (known(rows, "LINES", 24), known(columns, "COLUMNS", 80))
  }

  private static func known(_ size: CInt, _ variable: String, _ usual: Int) -> Int {
    if size > 1 { return Int(size) }
    if let value = getenv(variable).flatMap({ Int(String(cString: $0)) }), value > 1, value <= 10_000 { return value }
    return usual
  }
}

/// A change of the window's size that is not over yet.
enum Resizing {
  /// More changes are to be expected: a person drags an edge. Until `due`, or when it has gone on for too long.
  case settling(until: Instant, since: Instant)
  /// The terminal was asked where its cursor is now.
  case asking(WidthChange, until: Instant)

  /// How long the size stays the same before the line is drawn. A window manager sends tens of changes a second.
  private static let settleTime = Duration.milliseconds(60)
  /// What is shown waits no longer than this.
  private static let settleTimeMax = Duration.milliseconds(250)
  /// How long a terminal may take to say where its cursor is: a slow link's round trip.
  static let answerWait = Duration.milliseconds(500)

  static func settling(_ before: Resizing?, now: Instant) -> Resizing {
    guard case .settling(_, let since)? = before else { return .settling(until: now + settleTime, since: now) }
    return .settling(until: min(now + settleTime, since + settleTimeMax), since: since)
  }

  var due: Instant {
    switch self {
    case .settling(let until, _), .asking(_, let until): until
    }
  }

  var isAsking: Bool { change != nil }
  var change: WidthChange? { if case .asking(let change, _) = self { change } else { nil } }
}
