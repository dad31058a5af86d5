import ChatProtocol

@testable import MessageStore

/// The fingerprints of two peers.
let bob = Array(repeating: 1, count: 32) as [UInt8]
let eve = Array(repeating: 2, count: 32) as [UInt8]

/// A batch of messages of an incarnation.
func batch(_ incarnation: UInt64, _ first: UInt64, _ texts: [String], writtenAt: Int = 0) -> MessageBatch {
  let lines = texts.map { $0.replacing("\n", with: "\0") + "\n" }.joined()
  return MessageBatch(
    first: MessageName(Incarnation(incarnation), first), count: texts.count, writtenAt: writtenAt,
    lines: Array(lines.utf8)[...])
}

func withdrawnBatch(_ incarnation: UInt64, _ number: UInt64) -> MessageBatch {
  MessageBatch(
    first: MessageName(Incarnation(incarnation), number), count: 1, writtenAt: 0, isWithdrawn: true, lines: [10])
}

extension MessageStore {
  /// Commits changes that `make` makes.
  func commit(
    _ peer: [UInt8] = bob, at now: Int = 1000, keepsHistory: Bool = true, _ make: (inout ConversationChanges) -> Void
  ) throws(StoreFailure) {
    var changes = ConversationChanges(now: now)
    make(&changes)
    try commit(changes, of: peer, keepsHistory: keepsHistory)
  }

  /// All entries of a cursor.
  func all(_ cursor: HistoryCursor) throws(StoreFailure) -> [HistoryEntry] {
    var cursor = cursor
    var entries: [HistoryEntry] = []
    while let entry = try cursor.next(self) { entries.append(entry) }
    return entries
  }

  /// The texts of the whole history.
  func texts(of peer: [UInt8]? = bob) throws(StoreFailure) -> [String] { try all(history(of: peer)).map(\.string) }

  /// The texts that a search finds, newest first.
  /// - Parameters:
  ///   - count: the most texts.
  ///   - budget: the most messages that a step looks at.
  func found(
    _ text: String, of peer: [UInt8]? = bob, atMost count: Int = .max, budget: Int = 3
  ) throws(StoreFailure) -> [String] {
    var search = try beginSearch(for: text, of: peer, atMost: count)
    while true {
      if let found = try step(&search, budget: budget) { return found.reversed().map(\.string) }
    }
  }
}

extension HistoryEntry {
  var string: String { String(decoding: text, as: UTF8.self) }
}

extension ConversationRecord {
  init(
    written: [MessageRun] = [], acknowledged: [Incarnation: UInt64] = [:], newest: MessageName? = nil,
    committed: [Incarnation: UInt64] = [:]
  ) {
    self.init()
    self.written = written
    self.acknowledged = acknowledged
    newestAcknowledged = newest
    self.committed = committed
  }
}
