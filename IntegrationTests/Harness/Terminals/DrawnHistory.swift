/// Everything a screen ever showed, as the changes that made it: played from the beginning they give every state of the
/// screen again, one after the other.
///
/// Of a program that floods only the last changes are kept, and the state they begin with.
struct DrawnHistory {
  enum Change {
    /// Rows that show something else, all at once.
    case rows([(row: Int, text: [UInt8])])
    case moved(RowMove)
    /// Everything, perhaps at a new size.
    case screen([[UInt8]])
  }

  /// The least that is kept in memory, in bytes.
  static let keptBytes = 4 << 20
  /// The cost of one change besides its text, in bytes; a guess that suffices for a bound.
  private static let costOfOne = 100

  /// The screen as it is now: its rows as UTF-8, without blanks at their ends.
  private(set) var rows: [[UInt8]]
  /// The screen before the first change that is kept.
  private(set) var firstRows: [[UInt8]]
  private var changes: [Change] = []
  /// How many changes came before the kept ones.
  private(set) var droppedCount = 0
  private var bytes = 0

  init(rows count: Int) {
    rows = Array(repeating: [], count: count)
    firstRows = rows
  }

  /// How many changes there were; the next has this number.
  var count: Int { droppedCount + changes.count }

  /// The kept changes from a number on.
  func changes(from number: Int) -> ArraySlice<Change> {
    changes[min(max(0, number - droppedCount), changes.count)...]
  }

  mutating func append(_ change: Change) {
    change.apply(to: &rows)
    changes.append(change)
    bytes += Self.cost(change)
    // Dropped in large pieces, so that a flood costs no more than its rows.
    guard bytes > 2 * Self.keptBytes else { return }
    var dropped = 0
    while bytes > Self.keptBytes {
      bytes -= Self.cost(changes[dropped])
      changes[dropped].apply(to: &firstRows)
      dropped += 1
    }
    changes.removeFirst(dropped)
    droppedCount += dropped
  }

  private static func cost(_ change: Change) -> Int {
    switch change {
    case .rows(let rows): rows.reduce(costOfOne) { $0 + $1.text.count + costOfOne }
    case .moved: costOfOne
    case .screen(let rows): rows.reduce(costOfOne) { $0 + $1.count + costOfOne }
    }
  }
}

extension DrawnHistory.Change {
  func apply(to rows: inout [[UInt8]]) {
    switch self {
    case .rows(let changed): for (row, text) in changed { rows[row] = text }
    case .moved(let move): move.apply(to: &rows, blank: [])
    case .screen(let all): rows = all
    }
  }
}
