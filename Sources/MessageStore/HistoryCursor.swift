import ChatProtocol

/// Goes through the history of one conversation, or of all, and keeps a bounded part of it in memory. The messages of
/// one conversation come as they stood on the screen; those of several in the order of their times.
public struct HistoryCursor {
  private(set) var conversations: [ConversationReader]
  private let newestFirst: Bool

  init(_ conversations: [ConversationReader], newestFirst: Bool) {
    self.conversations = conversations
    self.newestFirst = newestFirst
  }

  /// The next message; nil after the last one.
  /// - Throws: ``StoreFailure/damaged`` if it is not what was written, or is missing.
  public mutating func next(_ store: borrowing MessageStore) throws(StoreFailure) -> HistoryEntry? {
    var budget = Int.max
    return try next(store, budget: &budget)
  }

  /// The next message; nil after the last one, or when the budget is used up.
  mutating func next(_ store: borrowing MessageStore, budget: inout Int) throws(StoreFailure) -> HistoryEntry? {
    for index in conversations.indices {
      try conversations[index].read(store, budget: &budget)
      // Without the heads of all, nobody knows which is the next.
      guard conversations[index].isRead else { return nil }
    }
    var best: Int?
    for index in conversations.indices {
      guard let head = conversations[index].head else { continue }
      guard let known = best, let first = conversations[known].head else {
        best = index
        continue
      }
      if newestFirst ? head.time > first.time : head.time < first.time { best = index }
    }
    return best.map { conversations[$0].removeHead() }
  }

  /// Goes through what this one has given, newest first, once more, oldest first.
  var turned: HistoryCursor { HistoryCursor(conversations.map(\.turned), newestFirst: false) }

  /// Whether nothing is left.
  var isAtEnd: Bool { conversations.allSatisfy { $0.isRead && $0.head == nil } }
}

/// Reads both directions of a conversation, in the order in which they stood on the screen.
struct ConversationReader {
  private(set) var directions: [DirectionReader]
  private let newestFirst: Bool

  init(_ directions: [DirectionReader], newestFirst: Bool) {
    self.directions = directions
    self.newestFirst = newestFirst
  }

  mutating func read(_ store: borrowing MessageStore, budget: inout Int) throws(StoreFailure) {
    for index in directions.indices { try directions[index].read(store, budget: &budget) }
  }

  var turned: ConversationReader { ConversationReader(directions.compactMap(\.turned), newestFirst: false) }

  /// Whether the next entry is known, or known not to be there.
  var isRead: Bool { directions.allSatisfy { $0.head != nil || $0.isAtEnd } }

  /// The next entry.
  var head: HistoryEntry? { nextDirection.flatMap { directions[$0].head } }

  mutating func removeHead() -> HistoryEntry {
    guard let next = nextDirection, let head = directions[next].head else { preconditionFailure("there is an entry") }
    directions[next].removeHead()
    return head
  }

  private var nextDirection: Int? {
    directions.indices.filter { directions[$0].head != nil }.min {
      guard let left = directions[$0].head?.position, let right = directions[$1].head?.position else { return false }
      return newestFirst ? left > right : left < right
    }
  }
}
