import ChatProtocol

// The ids that programs gave their messages. A message that is handed over again under its id is not sent again.
extension MessageStore {
  /// So many newer messages, with an id or without, may follow one that the peer has before its id is forgotten. An id
  /// of a message that waits is never forgotten.
  static let callerIDsKept = 100_000

  /// The message that a program handed over for a peer under an id; nil if none is remembered.
  /// - Parameter fingerprint: the peer's.
  public func message(_ id: CallerID, for fingerprint: [UInt8]) throws(StoreFailure) -> MessageName? {
    guard let own = try conversation(fingerprint)?.own else { return nil }
    let row = try database.prepare(
      "SELECT \(CallerIDRow.columns) FROM caller_ids WHERE direction = ?1 AND caller_id = ?2",
      [.integer(own.number), .blob(id.bytes)])
    return try row.step() ? try CallerIDRow(row, of: own).name : nil
  }

  /// Whether a peer has acknowledged a message of this end.
  public func isAcknowledged(_ name: MessageName, by fingerprint: [UInt8]) throws(StoreFailure) -> Bool {
    guard let own = try conversation(fingerprint)?.own else { return false }
    return try database.reached(name.incarnation, of: own) ?? 0 >= name.number
  }

  /// Remembers the ids of messages that are new in this transaction, and forgets the oldest.
  func append(_ ids: [MessageName: CallerID], to conversation: ConversationRow) throws(StoreFailure) {
    guard !ids.isEmpty else { return }
    let own = conversation.own
    var newest = 0
    for (name, id) in ids {
      guard let (_, place) = try database.place(of: name, of: own) else { throw .changedMeanwhile }
      newest = max(newest, place)
      let row = CallerIDRow(message: place, id: id, name: name)
      try database.change(
        "INSERT INTO caller_ids (\(CallerIDRow.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row.values(of: own))
    }
    // The peer has a beginning of all that was written, so everything up to that place is acknowledged.
    let end = min(newest - MessageStore.callerIDsKept, conversation.acknowledgedPlace)
    try database.change(
      "DELETE FROM caller_ids WHERE message >= ?1 AND message <= ?2",
      [.integer(own.ids.lowerBound), .integer(end)])
  }

  /// Forgets all ids of messages for a peer.
  func removeCallerIDs(of own: Direction) throws(StoreFailure) {
    try database.change("DELETE FROM caller_ids WHERE direction = ?1", [.integer(own.number)])
  }

  /// Reads all ids of messages for a peer, which verifies their checksums.
  /// - Returns: how many there are.
  func checkCallerIDs(of own: Direction) throws(StoreFailure) -> Int {
    let rows = try database.prepare(
      "SELECT \(CallerIDRow.columns) FROM caller_ids WHERE direction = ?1 ORDER BY message", [.integer(own.number)])
    var count = 0
    while try rows.step() {
      guard own.ids.contains(try CallerIDRow(rows, of: own).message) else { throw .damaged }
      count += 1
    }
    return count
  }
}

/// The id of a message, in its table. It outlives the text, so it has the message's name as well.
private struct CallerIDRow {
  /// The message's own id in the store: its place.
  let message: Int
  let id: CallerID
  let name: MessageName

  static let columns = "message, direction, caller_id, incarnation, number, checksum"

  init(message: Int, id: CallerID, name: MessageName) { (self.message, self.id, self.name) = (message, id, name) }

  /// Reads a row of ``columns``.
  init(_ row: borrowing Statement, of own: Direction) throws(StoreFailure) {
    message = try row.integer(0)
    guard let id = CallerID(try row.blob(2)) else { throw .damaged }
    self.id = id
    let incarnation = Incarnation(UInt64(column: try row.integer(3)))
    name = MessageName(incarnation, UInt64(column: try row.integer(4)))
    guard try row.integer(1) == own.number, try row.integer(5) == checksum(own) else { throw .damaged }
  }

  func values(of own: Direction) -> [Value] {
    [
      .integer(message), .integer(own.number), .blob(id.bytes), .integer(name.incarnation.column),
      .integer(name.number.column), .integer(checksum(own)),
    ]
  }

  private func checksum(_ own: Direction) -> Int {
    own.subject.adding(message, own.number, name.incarnation.column, name.number.column).adding(id.bytes[...]).value
  }
}
