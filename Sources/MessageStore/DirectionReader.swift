import ChatProtocol

/// Reads one direction of a conversation in portions, oldest or newest first. No statement stays open between two
/// portions. So other programs are not held up, and a text that was deleted meanwhile is left out.
struct DirectionReader {
  /// Which messages are read.
  enum Filter {
    case all
    /// Those from a date on, in seconds since 1970-01-01 UTC.
    case since(Int)
    /// Those that the peer has not acknowledged and that were not taken back.
    case waiting
    /// Those that are deleted once they are shown.
    case untilShown
    /// Those with certain words.
    case matching(SearchQuery)
  }

  /// The most messages and bytes of a portion.
  private static let portionCount = 256
  private static let portionBytes = 256 << 10
  /// So many finds of the index are read at a time: a page of a search shows no more.
  private static let foundCount = 32

  private let direction: Direction
  private let peer: [UInt8]
  private let filter: Filter
  private let newestFirst: Bool
  /// The id from which the next portion is read.
  private var next: Int
  private(set) var isAtEnd = false
  /// The messages that were read, the next one last.
  private(set) var portion: [HistoryEntry] = []
  /// The id of the message that was taken out last.
  private var lastTaken: Int?

  /// - Parameter first: the id of the first message to read, if those before it are known not to be wanted.
  init(_ direction: Direction, with peer: [UInt8], _ filter: Filter, newestFirst: Bool, from first: Int? = nil) {
    self.direction = direction
    self.peer = peer
    self.filter = filter
    self.newestFirst = newestFirst
    next = first ?? (newestFirst ? direction.ids.upperBound : direction.ids.lowerBound)
  }

  /// The next entry, if it was read.
  var head: HistoryEntry? { portion.last }

  /// Takes the next entry out.
  mutating func removeHead() { lastTaken = portion.removeLast().id }

  /// Reads what was taken out, newest first, once more, oldest first. Later messages come behind it. It is nil if
  /// nothing was taken out.
  var turned: DirectionReader? {
    precondition(newestFirst)
    return lastTaken.map { DirectionReader(direction, with: peer, filter, newestFirst: false, from: $0) }
  }

  /// Reads until there is a next entry, or the end is reached, or the budget is used up.
  /// - Parameter budget: how many messages may be read; what was read is taken off.
  mutating func read(_ store: borrowing MessageStore, budget: inout Int) throws(StoreFailure) {
    while head == nil, !isAtEnd, budget > 0 {
      // The closure changes a copy, so that a failure leaves this as it was.
      let before = self
      let (after, cost) = try store.database.reading { () throws(StoreFailure) -> (DirectionReader, Int) in
        var reader = before
        let cost = try reader.readPortion(store)
        return (reader, cost)
      }
      self = after
      budget -= cost
    }
  }

  /// - Returns: how many messages were read.
  private mutating func readPortion(_ store: borrowing MessageStore) throws(StoreFailure) -> Int {
    if newestFirst, case .matching(let query) = filter, let indexed = query.indexed {
      let through = try store.database.indexedThrough(direction)
      if next <= through { return try readIndexed(store, indexed, query) }
      return try readBackward(store, downTo: through + 1)
    }
    if newestFirst { return try readBackward(store, downTo: direction.ids.lowerBound) }
    return try readForward(store)
  }

  // MARK: In the order of the messages

  private mutating func readForward(_ store: borrowing MessageStore) throws(StoreFailure) -> Int {
    guard let run = try store.database.run(of: direction, endingAfter: next) else {
      isAtEnd = true
      return 0
    }
    let acknowledged = try acknowledged(run, store)
    var ids = max(next, run.first)..<run.end
    if case .waiting = filter { ids = min(run.end, max(ids.lowerBound, acknowledged))..<run.end }
    next = run.end
    guard !ids.isEmpty else { return 0 }
    let rows = try store.database.prepare(
      StoredMessage.selection, [.integer(ids.lowerBound), .integer(ids.upperBound)])
    let count = try take(rows, ids, run, acknowledged)
    next = ids.lowerBound + count
    return count
  }

  private mutating func readBackward(
    _ store: borrowing MessageStore, downTo lowest: Int
  ) throws(StoreFailure) -> Int {
    guard let run = try store.database.run(of: direction, beginningBy: next), run.end > lowest else {
      next = lowest - 1
      isAtEnd = next <= direction.ids.lowerBound
      return 0
    }
    let ids = max(run.first, lowest)..<max(max(run.first, lowest), min(next + 1, run.end))
    next = ids.lowerBound - 1
    guard !ids.isEmpty else { return 0 }
    let rows = try store.database.prepare(
      StoredMessage.selectionBackward, [.integer(ids.lowerBound), .integer(ids.upperBound)])
    let count = try take(rows, ids.reversed(), run, try acknowledged(run, store))
    next = ids.upperBound - 1 - count
    return count
  }

  /// The id of the first message of a run that is not acknowledged. All of the peer's are.
  private func acknowledged(_ run: StoredRun, _ store: borrowing MessageStore) throws(StoreFailure) -> Int {
    guard direction.isOwn else { return run.end }
    let number = try store.database.reached(run.incarnation, of: direction) ?? 0
    return run.id(of: max(number + 1, run.number)) ?? run.end
  }

  /// Takes rows as long as the portion has room.
  private mutating func take(
    _ rows: borrowing Statement, _ ids: some Sequence<Int>, _ run: StoredRun, _ acknowledged: Int
  ) throws(StoreFailure) -> Int {
    var entries: [HistoryEntry] = []
    var (count, byteCount) = (0, 0)
    for id in ids {
      guard count < DirectionReader.portionCount, byteCount < DirectionReader.portionBytes else { break }
      guard try rows.step() else { throw .damaged }
      let message = try StoredMessage(rows, in: run, of: direction)
      guard message.id == id else { throw .damaged }
      count += 1
      byteCount += message.text.count
      if isWanted(message) {
        entries.append(
          HistoryEntry(message, as: run.name(of: id), of: direction, peer: peer, isWaiting: id >= acknowledged))
      }
    }
    portion = entries.reversed()
    return count
  }

  private func isWanted(_ message: StoredMessage) -> Bool {
    switch filter {
    case .all: true
    case .waiting: !message.flags.contains(.withdrawn)
    case .since(let date): message.time >= date
    case .untilShown: message.flags.contains(.untilShown)
    case .matching(let query): query.matches(message.text)
    }
  }

  // MARK: By the index

  private mutating func readIndexed(
    _ store: borrowing MessageStore, _ indexed: String, _ query: SearchQuery
  ) throws(StoreFailure) -> Int {
    let found = try store.database.prepare(
      """
      SELECT rowid FROM words WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC
      LIMIT \(DirectionReader.foundCount)
      """, [.text(indexed), .integer(direction.ids.lowerBound), .integer(next)])
    var entries: [HistoryEntry] = []
    var (count, byteCount) = (0, 0)
    var isComplete = true
    while try found.step() {
      let id = try found.integer(0)
      guard let run = try store.database.run(of: direction, beginningBy: id) else { throw .damaged }
      let message = try store.database.message(id, in: run, of: direction)
      next = id - 1
      count += 1
      byteCount += message.text.count
      if query.matches(message.text) {
        let isWaiting = try id >= acknowledged(run, store)
        entries.append(HistoryEntry(message, as: run.name(of: id), of: direction, peer: peer, isWaiting: isWaiting))
      }
      isComplete = count < DirectionReader.foundCount && byteCount < DirectionReader.portionBytes
      if !isComplete { break }
    }
    isAtEnd = isComplete
    portion = entries.reversed()
    return count
  }
}
