/// The messages of the history that are wanted.
public struct HistorySelection: Equatable, Sendable {
  /// The fingerprint of the peer; nil for all peers.
  public var peer: [UInt8]?
  /// At most so many, the newest of them; nil for all. If words are looked for, those that are found are in memory.
  public var newest: Int?
  /// Those that were accepted or received at that time or later, in seconds since 1970-01-01 UTC; nil for all.
  public var since: Int?
  /// Those in which these words stand, as in ``MessageStore/beginSearch(for:of:since:atMost:)``; nil for all.
  public var words: String?

  /// - Parameter peer: the fingerprint of the peer; nil for all peers.
  public init(peer: [UInt8]?, newest: Int? = nil, since: Int? = nil, words: String? = nil) {
    self.peer = peer
    self.newest = newest
    self.since = since
    self.words = words
  }
}

/// Goes through the messages of a selection, oldest first.
public struct SelectedHistory {
  /// Messages in memory, the next one last. They come before those of the cursor.
  private(set) var list: [HistoryEntry] = []
  private(set) var cursor: HistoryCursor?
  private let since: Int

  fileprivate init(_ cursor: HistoryCursor?, since: Int) {
    self.cursor = cursor
    self.since = since
  }

  init(newestFirst entries: [HistoryEntry]) {
    list = entries
    since = .min
  }

  /// The next message; nil after the last one.
  /// - Throws: ``StoreFailure/damaged`` if it is not what was written, or is missing.
  public mutating func next(_ store: borrowing MessageStore) throws(StoreFailure) -> HistoryEntry? {
    // Both are changed where they stand: a copy would cost as much as all that is left.
    if let next = list.popLast() { return next }
    while let next = try cursor?.next(store) {
      // A clock that was set back has left older messages behind newer ones.
      if next.time >= since { return next }
    }
    return nil
  }
}

extension MessageStore {
  /// The messages of a selection, oldest first. All of them are in memory.
  public func list(_ selection: HistorySelection) throws(StoreFailure) -> [HistoryEntry] {
    var selected = try select(selection)
    var entries: [HistoryEntry] = []
    while let entry = try selected.next(self) { entries.append(entry) }
    return entries
  }

  /// The messages of a selection.
  public func select(_ selection: HistorySelection) throws(StoreFailure) -> SelectedHistory {
    guard let count = selection.newest else {
      let since = selection.since ?? .min
      if let words = selection.words {
        return SelectedHistory(try history(of: selection.peer, since: since, matching: words), since: since)
      }
      return SelectedHistory(try history(of: selection.peer, since: since), since: since)
    }
    if let words = selection.words {
      var search = try beginSearch(
        for: words, of: selection.peer, since: selection.since ?? .min, atMost: count)
      while true {
        if let found = try step(&search) { return SelectedHistory(newestFirst: found.reversed()) }
      }
    }
    return SelectedHistory(try history(of: selection.peer, newest: count), since: selection.since ?? .min)
  }
}
