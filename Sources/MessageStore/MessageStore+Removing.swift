import ChatProtocol

// Texts that are to be gone. Names stay wherever the promise needs them.
extension MessageStore {
  /// Deletes messages from the history. Messages that wait for the peer are never deleted, and neither are those that
  /// are kept until they are shown.
  ///
  /// The index for searching is made anew afterwards, because it could tell what the texts were. The log is emptied at
  /// once, unless another program is in the way for long: see ``mayHoldForgotten``.
  /// - Parameters:
  ///   - fingerprint: the peer's; nil for all.
  ///   - date: seconds since 1970-01-01 UTC: what was accepted or received before is deleted; nil for all of it.
  /// - Returns: how many messages were deleted.
  @discardableResult
  public func deleteHistory(of fingerprint: [UInt8]?, before date: Int?) throws(StoreFailure) -> Int {
    let transaction = try database.begin()
    var count = 0
    for conversation in try conversations(with: fingerprint) {
      for direction in [conversation.own, conversation.peer] {
        for run in try database.runs(of: direction) {
          let ids = try deletable(run, of: direction, before: date ?? .max)
          try removeMessages(ids, of: direction)
          count += ids.count
        }
      }
    }
    try transaction.commit()
    // They are deleted, whatever becomes of the log.
    try? eraseForgotten(lockTimeoutMilliseconds: MessageStore.lockTimeoutMilliseconds)
    return count
  }

  private func deletable(_ run: StoredRun, of direction: Direction, before date: Int) throws(StoreFailure) -> [Int] {
    var end = run.end
    if direction.isOwn {
      let acknowledged = try database.reached(run.incarnation, of: direction) ?? 0
      guard acknowledged >= run.number else { return [] }
      end = run.id(of: acknowledged).map { $0 + 1 } ?? run.end
    }
    let rows = try database.prepare(
      "SELECT id FROM messages WHERE id >= ?1 AND id < ?2 AND time < ?3 AND flags < 2 ORDER BY id",
      [.integer(run.first), .integer(end), .integer(date)])
    var ids: [Int] = []
    while try rows.step() { ids.append(try rows.integer(0)) }
    return ids
  }

  /// Drops the conversation with a peer, names and numbers included. It belongs into a transaction.
  /// - Returns: how many messages were waiting.
  func forgetConversation(with fingerprint: [UInt8]) throws(StoreFailure) -> Int {
    guard let conversation = try conversation(fingerprint) else { return 0 }
    let waitingCount = try waitingCount(of: conversation)
    for direction in [conversation.own, conversation.peer] {
      try removeMessages(direction.ids.lowerBound + 1..<direction.ids.upperBound, of: direction)
      try database.change(
        "DELETE FROM runs WHERE id BETWEEN ?1 AND ?2",
        [.integer(direction.ids.lowerBound), .integer(direction.ids.upperBound)])
      try database.change("DELETE FROM incarnations WHERE direction = ?1", [.integer(direction.number)])
      try database.change("DELETE FROM indexed WHERE direction = ?1", [.integer(direction.number)])
    }
    try removeCallerIDs(of: conversation.own)
    try database.change("DELETE FROM conversations WHERE id = ?1", [.integer(conversation.id)])
    return waitingCount
  }

  /// How many messages of this end a peer has not acknowledged, but for those that were taken back.
  /// - Parameter fingerprint: the peer's.
  public func waitingCount(for fingerprint: [UInt8]) throws(StoreFailure) -> Int {
    try database.reading { () throws(StoreFailure) in
      try conversation(fingerprint).map { row throws(StoreFailure) in try waitingCount(of: row) } ?? 0
    }
  }

  /// The peer has a beginning of all that was written, so what waits is behind the newest that it has. Nothing of that
  /// was deleted, so it is counted by its ids.
  private func waitingCount(of conversation: ConversationRow) throws(StoreFailure) -> Int {
    let own = conversation.own
    let end = try database.newestRun(of: own)?.end ?? own.ids.lowerBound + 1
    let last = max(conversation.acknowledgedPlace, own.ids.lowerBound)
    let row = try database.prepare(
      "SELECT count(*) FROM messages WHERE flags & 1 AND id > ?1 AND id < ?2", [.integer(last), .integer(end)])
    guard try row.step() else { throw .damaged }
    return try end - 1 - last - row.integer(0)
  }

  /// The messages of this end that were taken back and have their names.
  func withdrawn(of own: Direction) throws(StoreFailure) -> [MessageName] {
    let rows = try database.prepare(
      "SELECT id FROM messages WHERE flags & 1 AND id BETWEEN ?1 AND ?2 ORDER BY id",
      [.integer(own.ids.lowerBound), .integer(own.ids.upperBound)])
    var names: [MessageName] = []
    while try rows.step() {
      let id = try rows.integer(0)
      guard let run = try database.run(of: own, beginningBy: id), id < run.end else { throw .damaged }
      names.append(run.name(of: id))
    }
    return names
  }

  // MARK: In a transaction

  /// Removes messages, in ascending order.
  func removeMessages(_ ids: [Int], of direction: Direction) throws(StoreFailure) {
    var rest = ids[...]
    while let first = rest.first {
      var count = 1
      while count < rest.count, rest[rest.startIndex + count] == first + count { count += 1 }
      try removeMessages(first..<first + count, of: direction)
      rest = rest.dropFirst(count)
    }
  }

  /// Removes messages. The rest of their runs stays.
  func removeMessages(_ ids: Range<Int>, of direction: Direction) throws(StoreFailure) {
    guard let newest = try database.newestRun(of: direction) else { return }
    noteForgotten()
    if try database.indexedThrough(direction) >= ids.lowerBound { try emptyIndex() }
    let removed = try database.change(
      "DELETE FROM messages WHERE id >= ?1 AND id < ?2", [.integer(ids.lowerBound), .integer(ids.upperBound)])
    var expected = 0
    var limit = ids.upperBound - 1
    while let run = try database.run(of: direction, beginningBy: limit) {
      limit = run.first - 1
      guard run.end > ids.lowerBound else { break }
      expected += run.clamped(to: ids).count
      try database.removeRun(beginningAt: run.first)
      let before = run.clamped(to: direction.ids.lowerBound..<ids.lowerBound)
      if before.count > 0 { try database.write(before, of: direction) }
      let after = run.clamped(to: ids.upperBound..<max(ids.upperBound, run.end))
      if after.count > 0 {
        try database.write(after, of: direction)
      } else if run.first == newest.first {
        let empty = StoredRun(first: run.end, incarnation: run.incarnation, number: run.nextNumber, count: 0)
        try database.write(empty, of: direction)
      }
    }
    guard removed == expected else { throw .damaged }
  }
}
