/// The rows of a draft after the window has another width.
///
/// Rows end with breaks of ours, so none is ever joined with the next. In a narrower window there are two kinds of
/// terminals: one that **reflows** goes on with a row that does not fit in the next, and one that does not cuts it
/// off. Which of the two it is shows in the column of the cursor, unless both would have it at the same.
struct WidthChange: Equatable {
  private let shown: DraftRows
  private let columns: Int

  init(of shown: DraftRows, to new: Int) {
    self.shown = shown
    columns = new
  }

  /// Whether it matters of which kind the terminal is.
  var needsAnswer: Bool { shown.rows.contains { $0.width > columns } }

  /// The column of the cursor, counted from 1, as either kind has it.
  func column(reflowed: Bool) -> Int {
    let column = shown.toCursor.width
    return 1 + (reflowed ? column % columns : min(column, columns - 1))
  }

  /// The rows of the draft above the one the cursor is in, and all its rows. In doubt it is fewer: a row of the draft
  /// may stay on the screen, but no other is erased. Terminals that reflow differ about blanks at the end of a row:
  /// tmux takes them for nothing.
  func rows(reflowed: Bool) -> (above: Int, all: Int) {
    guard reflowed else { return (shown.cursorRow, shown.rows.count) }
    let heights = shown.rows.map { height($0.widthAtLeast - $0.blanksAtEnd) }
    let inRow = max(0, min(shown.toCursor.widthAtLeast / columns, heights[shown.cursorRow] - 1))
    return (heights[..<shown.cursorRow].reduce(0, +) + inRow, heights.reduce(0, +))
  }

  /// Whether blanks at the end of the cursor's row, which a terminal may take for nothing, decide where the cursor is.
  fileprivate var isInDoubt: Bool {
    let row = shown.rows[shown.cursorRow]
    return height(row.width) != height(row.width - row.blanksAtEnd)
  }

  /// How many rows of the new width so many columns take.
  private func height(_ width: Int) -> Int { max(1, (width + columns - 1) / columns) }
}

/// Whether the terminal reflows, as far as that is known.
final class ReflowKnowledge {
  private(set) var isKnown: Bool?
  /// Whether it is one that has its own clients with windows: it tells of a new size only after a while.
  let isMultiplexer: Bool

  /// Some terminals tell what they are: tmux reflows, as does everything on VTE; xterm, the Linux console and screen do
  /// not.
  /// - Parameter environment: gives a variable's value, empty for one that is not set.
  init(environment: (String) -> String) {
    let terminal = environment("TERM")
    isMultiplexer = !environment("TMUX").isEmpty || !environment("STY").isEmpty
    if !environment("TMUX").isEmpty || terminal.hasPrefix("tmux") {
      isKnown = true
    } else if !environment("STY").isEmpty || terminal == "linux" {
      isKnown = false
    } else if !environment("VTE_VERSION").isEmpty {
      isKnown = true
    } else if !environment("XTERM_VERSION").isEmpty {
      isKnown = false
    }
  }

  /// Learns from where the cursor is after a change.
  func learn(_ change: WidthChange, reportedColumn: Int?) {
    guard isKnown == nil, let reportedColumn, change.needsAnswer, !change.isInDoubt else { return }
    let kinds = [true, false].filter { change.column(reflowed: $0) == reportedColumn }
    if kinds.count == 1 { isKnown = kinds[0] }
  }
}
