import ChatProtocol

// The index for searching. Nobody waits for it: texts go into it when there is time, and a search looks through those
// that are not in it.
extension MessageStore {
  /// Puts texts into the index for searching. Call it when nothing else is to be done, until it returns false.
  /// - Parameters:
  ///   - count: the most messages. A thousand take some ten milliseconds, and now and then some hundred.
  ///   - least: with fewer messages that are not in it nothing is done, as it costs a commit.
  /// - Returns: whether more is left.
  @discardableResult
  public func index(atMost count: Int, ifAtLeast least: Int = 1) throws(StoreFailure) -> Bool {
    guard try database.reading({ () throws(StoreFailure) in try lacking() }) >= least else { return false }
    let transaction = try database.begin()
    var left = count
    for (direction, last) in try searchable() { try index(direction, through: last, atMost: &left) }
    try transaction.commit()
    return left <= 0
  }

  /// How many messages are not in the index. Those that were deleted before they were in it count, too.
  func lacking() throws(StoreFailure) -> Int {
    var count = 0
    for (direction, last) in try searchable() { count += try max(0, last - database.indexedThrough(direction)) }
    return count
  }

  /// Each direction, and the id of the last message of it that may be in the index.
  private func searchable() throws(StoreFailure) -> [(direction: Direction, last: Int)] {
    var parts: [(direction: Direction, last: Int)] = []
    for conversation in try conversations(with: nil) {
      // A message that waits can still be taken back, and must then be nowhere.
      parts.append((conversation.own, conversation.acknowledgedPlace))
      parts.append((conversation.peer, (try database.newestRun(of: conversation.peer)?.end ?? 0) - 1))
    }
    return parts
  }

  private func index(_ direction: Direction, through last: Int, atMost left: inout Int) throws(StoreFailure) {
    var through = try database.indexedThrough(direction)
    guard left > 0, through < last else { return }
    let insertion = try database.prepare("INSERT INTO words (rowid, text) VALUES (?1, CAST(?2 AS TEXT))")
    while left > 0, through < last, let run = try database.run(of: direction, endingAfter: through + 1) {
      let first = max(run.first, through + 1)
      let end = min(run.end, last + 1, first + left)
      guard first < end else { break }
      let rows = try database.prepare(StoredMessage.selection, [.integer(first), .integer(end)])
      for id in first..<end {
        guard try rows.step() else { throw .damaged }
        let message = try StoredMessage(rows, in: run, of: direction)
        guard message.id == id else { throw .damaged }
        // A text that is deleted once it was shown is not to be found in the index afterwards.
        if !message.flags.contains(.untilShown), !message.text.isEmpty {
          try insertion.bind(id, to: 1)
          try insertion.bind(SearchQuery.folded(message.text)[...], to: 2)
          _ = try insertion.step()
          insertion.reset()
        }
      }
      left -= end - first
      through = end - 1
    }
    // Behind the last run there is nothing: what was there was deleted.
    if left > 0 { through = last }
    try database.noteIndexed(through: through, of: direction)
  }

  /// Empties the index. It belongs into the transaction that removes texts.
  func emptyIndex() throws(StoreFailure) {
    try database.change("INSERT INTO words (words) VALUES ('delete-all')", [])
    try database.change("DELETE FROM indexed", [])
  }
}

extension Database {
  /// The id of the newest message of a direction that is in the index, with all before it; the first id if none is.
  func indexedThrough(_ direction: Direction) throws(StoreFailure) -> Int {
    let row = try prepare("SELECT through, checksum FROM indexed WHERE direction = ?1", [.integer(direction.number)])
    guard try row.step() else { return direction.ids.lowerBound }
    let through = try row.integer(0)
    guard try row.integer(1) == direction.subject.adding(direction.number, through).value else { throw .damaged }
    return through
  }

  fileprivate func noteIndexed(through: Int, of direction: Direction) throws(StoreFailure) {
    try change(
      "REPLACE INTO indexed (direction, through, checksum) VALUES (?1, ?2, ?3)",
      [
        .integer(direction.number), .integer(through),
        .integer(direction.subject.adding(direction.number, through).value),
      ])
  }

  /// The oldest run that has an id or one after it; nil if there is none.
  func run(of direction: Direction, endingAfter id: Int) throws(StoreFailure) -> StoredRun? {
    if let run = try run(of: direction, beginningBy: id), run.end > id { return run }
    return try run(of: direction, beginningAfter: id)
  }
}
