/// A search for the newest messages in which words stand, in steps of a bounded time: where no index helps, the whole
/// history is looked at, and an event loop has other things to do meanwhile.
public struct HistorySearch {
  /// The messages with the words that are not found yet; nil once the search is through.
  private var rest: HistoryCursor?
  private let wanted: Int
  private let since: Int
  /// Newest first.
  private var found: [HistoryEntry] = []

  /// The most messages that one step looks at. It bounds the time of a step where no index helps, to some 30 ms.
  fileprivate static let stepBudget = 20_000

  fileprivate init(_ rest: HistoryCursor?, atMost wanted: Int, since: Int) {
    self.rest = rest
    self.wanted = wanted
    self.since = since
  }

  /// - Parameter budget: the most messages that are looked at.
  fileprivate mutating func step(_ store: borrowing MessageStore, budget: Int) throws(StoreFailure) -> [HistoryEntry]? {
    var budget = budget
    while found.count < wanted, let entry = try rest?.next(store, budget: &budget) {
      guard entry.time >= since else {
        rest = nil
        break
      }
      found.append(entry)
    }
    if found.count >= wanted || rest?.isAtEnd == true { rest = nil }
    return rest == nil ? found.reversed() : nil
  }
}

extension MessageStore {
  /// Begins a search.
  /// - Parameters:
  ///   - words: words in any order and letter case; each may be a part of a word. Without a word nothing is found.
  ///   - fingerprint: the peer's; nil for all peers.
  ///   - since: a time in seconds since 1970-01-01 UTC. The first older message ends the search.
  ///   - count: the most messages.
  public func beginSearch(
    for words: String, of fingerprint: [UInt8]?, since: Int = .min, atMost count: Int
  ) throws(StoreFailure) -> HistorySearch {
    HistorySearch(try history(of: fingerprint, matching: words), atMost: count, since: since)
  }

  /// Goes on with a search for some 30 ms.
  /// - Returns: what was found, oldest first, once it is through; nil while it is not.
  public func step(_ search: inout HistorySearch) throws(StoreFailure) -> [HistoryEntry]? {
    try step(&search, budget: HistorySearch.stepBudget)
  }

  /// - Parameter budget: the most messages that are looked at.
  func step(_ search: inout HistorySearch, budget: Int) throws(StoreFailure) -> [HistoryEntry]? {
    try search.step(self, budget: budget)
  }
}
