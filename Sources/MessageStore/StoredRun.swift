import ChatProtocol

/// A run of messages in the tables.
struct StoredRun {
  /// The id of its first message.
  var first: Int
  var incarnation: Incarnation
  /// The number of its first message.
  var number: UInt64
  var count: Int

  static let columns = "id, incarnation, number, count, checksum"

  /// The ids of its messages.
  var ids: Range<Int> { first..<first + count }
  /// The id of the next message.
  var end: Int { first + count }
  /// The number of the next message.
  var nextNumber: UInt64 { number + UInt64(count) }

  func name(of id: Int) -> MessageName { MessageName(incarnation, number + UInt64(id - first)) }

  /// The id of the message with that number; nil if the run does not have it.
  func id(of number: UInt64) -> Int? {
    guard number >= self.number, number < nextNumber else { return nil }
    return first + Int(number - self.number)
  }

  /// The part of it that has these ids.
  func clamped(to ids: Range<Int>) -> StoredRun {
    let kept = self.ids.clamped(to: ids)
    guard !kept.isEmpty else { return StoredRun(first: first, incarnation: incarnation, number: number, count: 0) }
    return StoredRun(
      first: kept.lowerBound, incarnation: incarnation, number: name(of: kept.lowerBound).number, count: kept.count)
  }

  var run: MessageRun { MessageRun(incarnation, first: number, count: UInt64(count)) }

  private func checksum(_ direction: Direction) -> Int {
    direction.subject.adding(first, incarnation.column, number.column, count).value
  }
}

extension StoredRun {
  /// Reads a row of ``columns``.
  init(_ row: borrowing Statement, of direction: Direction) throws(StoreFailure) {
    first = try row.integer(0)
    incarnation = Incarnation(UInt64(column: try row.integer(1)))
    number = UInt64(column: try row.integer(2))
    count = try row.integer(3)
    guard try row.integer(4) == checksum(direction), count >= 0 else { throw .damaged }
  }

  func row(_ direction: Direction) -> [Value] {
    [
      .integer(first), .integer(incarnation.column), .integer(number.column), .integer(count),
      .integer(checksum(direction)),
    ]
  }
}

// Runs of one direction.
extension Database {
  /// All of them, in the order in which their messages were written or came.
  func runs(of direction: Direction) throws(StoreFailure) -> [StoredRun] {
    let rows = try prepare(
      "SELECT \(StoredRun.columns) FROM runs WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
      [.integer(direction.ids.lowerBound), .integer(direction.ids.upperBound)])
    var runs: [StoredRun] = []
    while try rows.step() { runs.append(try StoredRun(rows, of: direction)) }
    return runs
  }

  /// The newest one that begins at an id or before; nil if there is none.
  func run(of direction: Direction, beginningBy id: Int) throws(StoreFailure) -> StoredRun? {
    let row = try prepare(
      "SELECT \(StoredRun.columns) FROM runs WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1",
      [.integer(direction.ids.lowerBound), .integer(id)])
    return try row.step() ? try StoredRun(row, of: direction) : nil
  }

  /// The oldest one that begins after an id; nil if there is none.
  func run(of direction: Direction, beginningAfter id: Int) throws(StoreFailure) -> StoredRun? {
    let row = try prepare(
      "SELECT \(StoredRun.columns) FROM runs WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1",
      [.integer(id), .integer(direction.ids.upperBound)])
    return try row.step() ? try StoredRun(row, of: direction) : nil
  }

  /// The newest one; nil if there was no message yet.
  func newestRun(of direction: Direction) throws(StoreFailure) -> StoredRun? {
    try run(of: direction, beginningBy: direction.ids.upperBound)
  }

  /// The newest run of a name's incarnation that begins with its number or before; nil if there is none. The numbers of
  /// an incarnation rise with the ids.
  func run(of name: MessageName, in direction: Direction) throws(StoreFailure) -> StoredRun? {
    // No number has the highest bit, so a column's order is that of the numbers.
    let row = try prepare(
      """
      SELECT \(StoredRun.columns) FROM runs WHERE id >> \(Direction.placeBits) = ?1 AND incarnation = ?2
      AND number <= ?3 ORDER BY number DESC LIMIT 1
      """, [.integer(direction.number), .integer(name.incarnation.column), .integer(name.number.column)])
    return try row.step() ? try StoredRun(row, of: direction) : nil
  }

  /// The number behind the newest message of an incarnation that is in a run; 1 if there is none.
  func nextNumber(of incarnation: Incarnation, in direction: Direction) throws(StoreFailure) -> UInt64 {
    try run(of: MessageName(incarnation, UInt64(Int.max)), in: direction)?.nextNumber ?? 1
  }

  /// Writes a run, in the place of one that begins at the same id.
  func write(_ run: StoredRun, of direction: Direction) throws(StoreFailure) {
    // Most often a run grows. A replaced row would change the page of the index as well, and each commit is synced.
    let grown = try change(
      "UPDATE runs SET count = ?4, checksum = ?5 WHERE id = ?1 AND incarnation = ?2 AND number = ?3",
      run.row(direction))
    guard grown == 0 else { return }
    try change("REPLACE INTO runs (\(StoredRun.columns)) VALUES (?1, ?2, ?3, ?4, ?5)", run.row(direction))
  }

  func removeRun(beginningAt id: Int) throws(StoreFailure) {
    try change("DELETE FROM runs WHERE id = ?1", [.integer(id)])
  }
}
