/// A search for the newest messages in which words stand, in steps of a bounded time: where no index helps, the whole
/// history is looked at, and an event loop has other things to do meanwhile.
public struct HistorySearch {
  private var rest: SearchCursor?
  private let wanted: Int
  private let since: Int
  /// Newest first.
  private var found: [HistoryEntry] = []

  fileprivate init(_ rest: SearchCursor?, atMost wanted: Int, since: Int) {
    self.rest = rest
    self.wanted = wanted
    self.since = since
  }

  /// - Parameter budget: the most messages that are looked at.
  fileprivate mutating func step(_ store: borrowing MessageStore, budget: Int) throws(StoreFailure) -> [HistoryEntry]? {
    guard let cursor = rest, found.count < wanted else { return found.reversed() }
    let page = try cursor.page(of: wanted - found.count, store, budget: budget)
    let young = page.entries.prefix { $0.time >= since }
    found += young
    rest = young.count < page.entries.count ? nil : page.rest
    return rest == nil || found.count >= wanted ? found.reversed() : nil
  }
}

extension MessageStore {
  /// Begins a search.
  /// - Parameters:
  ///   - words: as in ``search(_:of:)``.
  ///   - fingerprint: the peer's; nil for all peers.
  ///   - since: a time in seconds since 1970-01-01 UTC. The first older message ends the search.
  ///   - count: the most messages.
  public func beginSearch(
    for words: String, of fingerprint: [UInt8]?, since: Int = .min, atMost count: Int
  ) throws(StoreFailure) -> HistorySearch {
    HistorySearch(try search(words, of: fingerprint), atMost: count, since: since)
  }

  /// Goes on with a search for some 30 ms.
  /// - Returns: what was found, oldest first, once it is through; nil while it is not.
  public func step(_ search: inout HistorySearch) throws(StoreFailure) -> [HistoryEntry]? {
    try step(&search, budget: SearchCursor.pageBudget)
  }

  /// - Parameter budget: the most messages that are looked at.
  func step(_ search: inout HistorySearch, budget: Int) throws(StoreFailure) -> [HistoryEntry]? {
    try search.step(self, budget: budget)
  }
}
