import ChatProtocol

// A conversation, as it is loaded and as its texts are sent.
extension MessageStore {
  /// The record of the conversation with a peer: all but the texts. The time it takes does not depend on how many
  /// messages there are.
  public func record(of fingerprint: [UInt8]) throws(StoreFailure) -> ConversationRecord {
    try database.reading { () throws(StoreFailure) in
      var record = ConversationRecord()
      guard let conversation = try conversation(fingerprint) else { return record }
      record.written = try database.runs(of: conversation.own).filter { $0.count > 0 }.map(\.run)
      record.acknowledged = try database.reached(of: conversation.own)
      record.withdrawn = try withdrawn(of: conversation.own)
        .filter { $0.number > record.acknowledged[$0.incarnation] ?? 0 }
      record.newestAcknowledged = conversation.acknowledgedPlace == 0 ? nil : conversation.acknowledged
      record.committed = try database.reached(of: conversation.peer)
      return record
    }
  }

  /// Texts of this end's messages, to be sent.
  /// - Parameters:
  ///   - fingerprint: the peer's.
  ///   - runs: the messages that are wanted, in the order in which they were written.
  ///   - limit: the size after which no further message is read. The last one may go beyond it.
  /// - Returns: the first of them, at least one, in batches.
  /// - Throws: ``StoreFailure/changedMeanwhile`` if the store does not have the first of them; ``StoreFailure/damaged``
  ///   if one is not what was written, or is missing.
  public func texts(
    of fingerprint: [UInt8], _ runs: some Sequence<MessageRun>, atMost limit: Int
  ) throws(StoreFailure) -> [MessageBatch] {
    try database.reading { () throws(StoreFailure) in
      guard let direction = try conversation(fingerprint)?.own else { throw .changedMeanwhile }
      var texts = BatchBuilder()
      for run in runs {
        guard try read(run, of: direction, into: &texts, atMost: limit) else { break }
      }
      return texts.finish()
    }
  }

  /// - Returns: whether all messages of the run were read.
  private func read(
    _ run: MessageRun, of direction: Direction, into texts: inout BatchBuilder, atMost limit: Int
  ) throws(StoreFailure) -> Bool {
    guard texts.byteCount < limit else { return false }
    // The caller takes what it gets off its runs, one after the other.
    texts.close()
    let first = MessageName(run.incarnation, run.first)
    guard let (stored, id) = try database.place(of: first, of: direction) else { throw .changedMeanwhile }
    let end = min(id + Int(run.count), stored.end)
    let rows = try database.prepare(StoredMessage.selection, [.integer(id), .integer(end)])
    for expected in id..<end {
      guard try rows.step() else { throw .damaged }
      let message = try StoredMessage(rows, in: stored, of: direction)
      guard message.id == expected else { throw .damaged }
      texts.append(message, as: stored.name(of: expected))
      if texts.byteCount >= limit { return false }
    }
    return end == id + Int(run.count)
  }

  // MARK: Rows

  /// The conversation with a peer; nil if there is none.
  func conversation(_ fingerprint: [UInt8]) throws(StoreFailure) -> ConversationRow? {
    let row = try database.prepare(
      "SELECT \(ConversationRow.columns) FROM conversations WHERE fingerprint = ?1", [.blob(fingerprint)])
    return try row.step() ? try ConversationRow(row) : nil
  }

  /// All conversations, or the one with a peer.
  func conversations(with fingerprint: [UInt8]?) throws(StoreFailure) -> [ConversationRow] {
    if let fingerprint { return try conversation(fingerprint).map { [$0] } ?? [] }
    let rows = try database.prepare("SELECT \(ConversationRow.columns) FROM conversations ORDER BY id")
    var all: [ConversationRow] = []
    while try rows.step() { all.append(try ConversationRow(rows)) }
    return all
  }

  func addConversation(_ fingerprint: [UInt8]) throws(StoreFailure) -> ConversationRow {
    let row = try database.prepare("SELECT coalesce(max(id), 0) + 1 FROM conversations")
    guard try row.step() else { throw .damaged }
    let conversation = ConversationRow(id: try row.integer(0), fingerprint: fingerprint)
    try write(conversation)
    return conversation
  }

  func write(_ conversation: ConversationRow) throws(StoreFailure) {
    try database.change(
      "REPLACE INTO conversations (\(ConversationRow.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", conversation.row)
  }
}

extension Database {
  /// The run that has a message of this end, and the message's id; nil if none has it.
  func place(of name: MessageName, of direction: Direction) throws(StoreFailure) -> (StoredRun, Int)? {
    guard let run = try run(of: name, in: direction), let id = run.id(of: name.number) else { return nil }
    return (run, id)
  }
}

/// Puts messages together that one batch can hold.
private struct BatchBuilder {
  private var batches: [MessageBatch] = []
  private var open: (first: MessageName, count: Int, writtenAt: Int, isWithdrawn: Bool)?
  private var lines: [UInt8] = []
  private(set) var byteCount = 0

  mutating func append(_ message: StoredMessage, as name: MessageName) {
    let isWithdrawn = message.flags.contains(.withdrawn)
    if let open, open.first.incarnation == name.incarnation, open.first.number + UInt64(open.count) == name.number,
      open.writtenAt == message.time, !open.isWithdrawn, !isWithdrawn
    {
      self.open?.count += 1
    } else {
      close()
      open = (name, 1, message.time, isWithdrawn)
    }
    lines.append(contentsOf: message.text.lazy.map { $0 == UInt8(ascii: "\n") ? 0 : $0 })
    lines.append(UInt8(ascii: "\n"))
    byteCount += message.text.count + 1
  }

  mutating func finish() -> [MessageBatch] {
    close()
    return batches
  }

  /// Ends the batch that is open: no later message joins it.
  mutating func close() {
    guard let open else { return }
    self.open = nil
    batches.append(
      MessageBatch(
        first: open.first, count: open.count, writtenAt: open.writtenAt, isWithdrawn: open.isWithdrawn,
        lines: lines[...]))
    lines = []
  }
}
