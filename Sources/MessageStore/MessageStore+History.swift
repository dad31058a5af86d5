import ChatProtocol

// The history. Each call takes the fingerprint of a peer, or nil for all peers.
extension MessageStore {
  /// Everything, oldest first.
  public func history(of fingerprint: [UInt8]?) throws(StoreFailure) -> HistoryCursor {
    try cursor(fingerprint, .all) { $0.ids.lowerBound }
  }

  /// The messages that were accepted or received at a date or later, oldest first.
  /// - Parameter date: seconds since 1970-01-01 UTC.
  public func history(of fingerprint: [UInt8]?, since date: Int) throws(StoreFailure) -> HistoryCursor {
    try cursor(fingerprint, .since(date)) { direction throws(StoreFailure) in
      try database.firstMessage(of: direction, "time >= ?3", [.integer(date)])
    }
  }

  /// The messages in which words stand, of a date or later, oldest first. No index helps.
  /// - Parameters:
  ///   - date: seconds since 1970-01-01 UTC.
  ///   - text: as in ``beginSearch(for:of:since:atMost:)``.
  /// - Returns: nil if there is no word. Messages that are older may be among those of a clock that was set back.
  func history(
    of fingerprint: [UInt8]?, since date: Int, matching text: String
  ) throws(StoreFailure) -> HistoryCursor? {
    guard let query = SearchQuery(text) else { return nil }
    return try cursor(fingerprint, .matching(query)) { direction throws(StoreFailure) in
      try database.firstMessage(of: direction, "time >= ?3", [.integer(date)])
    }
  }

  /// The newest messages, oldest first. They are read twice, because all of them need not have room in memory.
  /// - Parameter count: how many.
  func history(of fingerprint: [UInt8]?, newest count: Int) throws(StoreFailure) -> HistoryCursor {
    var backward = try backwardCursor(fingerprint, .all)
    var left = count
    while left > 0, try backward.next(self) != nil { left -= 1 }
    return backward.turned
  }

  /// The messages that the peer has not acknowledged, in the order in which they were written.
  public func waiting(for fingerprint: [UInt8]?) throws(StoreFailure) -> HistoryCursor {
    try cursor(fingerprint, .waiting) { $0.isOwn ? $0.ids.lowerBound : nil }
  }

  /// The peer's messages that came while no history was kept, and were not shown before the program ended. Commit
  /// them as shown once they are.
  /// - Parameter count: how many at most. All of them are in memory.
  public func notShown(of fingerprint: [UInt8], atMost count: Int) throws(StoreFailure) -> [HistoryEntry] {
    var cursor = try cursor(fingerprint, .untilShown) { direction throws(StoreFailure) in
      try database.firstMessage(of: direction, "flags >= 2", [])
    }
    var entries: [HistoryEntry] = []
    while entries.count < count, let entry = try cursor.next(self) { entries.append(entry) }
    return entries
  }

  /// The messages in which words stand, newest first.
  /// - Parameter text: as in ``beginSearch(for:of:since:atMost:)``.
  /// - Returns: nil if there is no word.
  func history(of fingerprint: [UInt8]?, matching text: String) throws(StoreFailure) -> HistoryCursor? {
    guard let query = SearchQuery(text) else { return nil }
    return try backwardCursor(fingerprint, .matching(query))
  }

  /// - Parameter first: the id of the first message of a direction that is wanted; nil if none is.
  private func cursor(
    _ fingerprint: [UInt8]?, _ filter: DirectionReader.Filter, from first: (Direction) throws(StoreFailure) -> Int?
  ) throws(StoreFailure) -> HistoryCursor {
    var readers: [ConversationReader] = []
    for row in try conversations(with: fingerprint) {
      var directions: [DirectionReader] = []
      for direction in [row.own, row.peer] {
        guard let first = try first(direction) else { continue }
        directions.append(DirectionReader(direction, with: row.fingerprint, filter, newestFirst: false, from: first))
      }
      readers.append(ConversationReader(directions, newestFirst: false))
    }
    return HistoryCursor(readers, newestFirst: false)
  }

  private func backwardCursor(
    _ fingerprint: [UInt8]?, _ filter: DirectionReader.Filter
  ) throws(StoreFailure) -> HistoryCursor {
    let readers = try conversations(with: fingerprint).map { row in
      ConversationReader(
        [row.own, row.peer].map { DirectionReader($0, with: row.fingerprint, filter, newestFirst: true) },
        newestFirst: true)
    }
    return HistoryCursor(readers, newestFirst: true)
  }
}

extension Database {
  /// The id of the oldest message of a direction for which something holds; nil if there is none.
  /// - Parameters:
  ///   - condition: a condition in SQL.
  ///   - values: its parameters, the first of which is `?3`.
  fileprivate func firstMessage(of direction: Direction, _ condition: String, _ values: [Value]) throws(StoreFailure)
    -> Int?
  {
    let row = try prepare(
      "SELECT id FROM messages WHERE id BETWEEN ?1 AND ?2 AND \(condition) ORDER BY id LIMIT 1",
      [.integer(direction.ids.lowerBound), .integer(direction.ids.upperBound)] + values)
    return try row.step() ? try row.integer(0) : nil
  }
}
