import ChatProtocol

/// A message in the tables.
struct StoredMessage {
  let id: Int
  /// Its place among the messages of both directions.
  let position: Int
  /// When it was accepted or received here, in seconds since 1970-01-01 UTC.
  let time: Int
  /// When the peer wrote it; 0 for messages of this end, and for those that were sent as they were written.
  let writtenAt: Int
  var flags: Flags
  var text: ArraySlice<UInt8>

  struct Flags: OptionSet {
    let rawValue: Int
    /// It was taken back before it was sent, and has no text.
    static let withdrawn = Flags(rawValue: 1)
    /// It came while no history was kept: it is deleted once it was shown.
    static let untilShown = Flags(rawValue: 2)
  }

  static let columns = "id, position, time, written_at, flags, text, checksum"
  /// Those with ids from one up to another, which is left out.
  static let selection = "SELECT \(columns) FROM messages WHERE id >= ?1 AND id < ?2 ORDER BY id"
  static let selectionBackward = "SELECT \(columns) FROM messages WHERE id >= ?1 AND id < ?2 ORDER BY id DESC"
  static let insertion = "INSERT INTO messages (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"

  func checksum(_ name: MessageName, of direction: Direction) -> Int {
    direction.subject.adding(
      direction.number, name.incarnation.column, name.number.column, position, time, writtenAt, flags.rawValue
    ).adding(text).value
  }

  /// Runs ``insertion``.
  func insert(_ statement: borrowing Statement, as name: MessageName, of direction: Direction) throws(StoreFailure) {
    try statement.bind(id, to: 1)
    try statement.bind(position, to: 2)
    try statement.bind(time, to: 3)
    try statement.bind(writtenAt, to: 4)
    try statement.bind(flags.rawValue, to: 5)
    try statement.bind(text, to: 6)
    try statement.bind(checksum(name, of: direction), to: 7)
    _ = try statement.step()
    statement.reset()
  }
}

extension StoredMessage {
  /// Reads a row of ``columns``.
  /// - Parameter run: the run that the message is in.
  /// - Throws: ``StoreFailure/damaged`` if it is not what was written.
  init(_ row: borrowing Statement, in run: StoredRun, of direction: Direction) throws(StoreFailure) {
    id = try row.integer(0)
    position = try row.integer(1)
    time = try row.integer(2)
    writtenAt = try row.integer(3)
    flags = Flags(rawValue: try row.integer(4))
    text = try row.blob(5)[...]
    guard run.ids.contains(id), try row.integer(6) == checksum(run.name(of: id), of: direction) else { throw .damaged }
  }
}

extension Database {
  /// Reads one message.
  func message(_ id: Int, in run: StoredRun, of direction: Direction) throws(StoreFailure) -> StoredMessage {
    let row = try prepare("SELECT \(StoredMessage.columns) FROM messages WHERE id = ?1", [.integer(id)])
    guard try row.step() else { throw .damaged }
    return try StoredMessage(row, in: run, of: direction)
  }

  /// The position of the newest message of a direction; 0 if there is none.
  func newestPosition(of direction: Direction) throws(StoreFailure) -> Int {
    let row = try prepare(
      "SELECT position FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1",
      [.integer(direction.ids.lowerBound), .integer(direction.ids.upperBound)])
    return try row.step() ? try row.integer(0) : 0
  }

  // MARK: Incarnations

  /// How far the messages of an incarnation are: acknowledged, for one of this end, or committed here; nil if none is.
  func reached(_ incarnation: Incarnation, of direction: Direction) throws(StoreFailure) -> UInt64? {
    let row = try prepare(
      "SELECT incarnation, number, checksum FROM incarnations WHERE direction = ?1 AND incarnation = ?2",
      [.integer(direction.number), .integer(incarnation.column)])
    return try row.step() ? try Database.reached(row, of: direction).number : nil
  }

  /// The same for all incarnations of a direction.
  func reached(of direction: Direction) throws(StoreFailure) -> [Incarnation: UInt64] {
    let rows = try prepare(
      "SELECT incarnation, number, checksum FROM incarnations WHERE direction = ?1", [.integer(direction.number)])
    var all: [Incarnation: UInt64] = [:]
    while try rows.step() {
      let name = try Database.reached(rows, of: direction)
      all[name.incarnation] = name.number
    }
    return all
  }

  private static func reached(_ row: borrowing Statement, of direction: Direction) throws(StoreFailure) -> MessageName {
    let (incarnation, number) = (try row.integer(0), try row.integer(1))
    guard try row.integer(2) == direction.subject.adding(direction.number, incarnation, number).value else {
      throw .damaged
    }
    return MessageName(Incarnation(UInt64(column: incarnation)), UInt64(column: number))
  }

  /// Notes how far the messages of an incarnation are.
  func noteReached(_ name: MessageName, of direction: Direction) throws(StoreFailure) {
    let (incarnation, number) = (name.incarnation.column, name.number.column)
    try change(
      "REPLACE INTO incarnations (direction, incarnation, number, checksum) VALUES (?1, ?2, ?3, ?4)",
      [
        .integer(direction.number), .integer(incarnation), .integer(number),
        .integer(direction.subject.adding(direction.number, incarnation, number).value),
      ])
  }
}
