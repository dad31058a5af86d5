import Basics
import CLineEditing
import Glibc

/// The size of the window.
enum WindowSize {
  /// The size that the kernel knows, else that of the environment, else the usual 80x24.
  static func now() -> (rows: Int, columns: Int) {
    var rows: CInt = 0
    var columns: CInt = 0
    clineediting_window_size(0, &rows, &columns)
    return (known(rows, "LINES", 24), known(columns, "COLUMNS", 80))
  }

  private static func known(_ size: CInt, _ variable: String, _ usual: Int) -> Int {
    if size > 1 { return Int(size) }
    if let value = getenv(variable).flatMap({ Int(digits: String(cString: $0).utf8) }), value > 1, value <= 10_000 {
      return value
    }
    return usual
  }
}

/// A change of the window's size that is not over yet.
enum Resizing {
  /// More changes are to be expected: a person drags an edge. Until `due`, or when it has gone on for too long.
  case settling(until: Instant, since: Instant)
  /// The terminal was asked where its cursor is now.
  case asking(WidthChange, until: Instant, since: Instant)

  /// How long the size stays the same before the line is drawn: a window manager sends tens of changes a second, and
  /// tmux gathers them for a quarter of one (its server_client_resize_timer).
  private static let settleTime = Duration.milliseconds(80)
  private static let settleTimeInMultiplexer = Duration.milliseconds(300)
  /// Text to be shown waits no longer than this.
  private static let settleTimeMax = Duration.milliseconds(500)
  /// How long a terminal may take to say where its cursor is: a slow link's round trip.
  static let answerWait = Duration.milliseconds(500)
  /// Rows that were drawn so long before the size changed were drawn in a window of the old size: tmux has the new one
  /// for a quarter of a second before it says so.
  static let noticeTime = Duration.milliseconds(300)

  static func settling(_ before: Resizing?, now: Instant, isInMultiplexer: Bool) -> Resizing {
    let since = before?.since ?? now
    let quiet = isInMultiplexer ? settleTimeInMultiplexer : settleTime
    return .settling(until: max(now, min(now + quiet, since + settleTimeMax)), since: since)
  }

  var due: Instant {
    switch self {
    case .settling(let until, _), .asking(_, let until, _): until
    }
  }

  /// When it began.
  var since: Instant {
    switch self {
    case .settling(_, let since), .asking(_, _, let since): since
    }
  }

  var isAsking: Bool { change != nil }
  var change: WidthChange? { if case .asking(let change, _, _) = self { change } else { nil } }
}
