import ChatProtocol
import MessageStore
import TestSupport

/// A long history of lines with words as frequent as in a language: the n-th word is n times rarer than the first
/// (Zipf's law).
struct History {
  let path: String
  private let words: [String]
  private let cumulative: [Double]

  init(path: String) {
    self.path = path
    var dice = Dice(seed: 1)
    let syllables = ["ka", "the", "ing", "ro", "an", "li", "er", "sto", "mu", "on", "re", "ti", "es", "vo", "at", "in"]
    words = (0..<20_000).map { _ in
      (0..<Int.random(in: 1...4, using: &dice)).map { _ in syllables.randomElement(using: &dice) ?? "" }.joined()
    }
    var sum = 0.0
    cumulative = (1...words.count).map {
      sum += 1 / Double($0)
      return sum
    }
  }

  func measure(_ count: Int) throws {
    try fill(count)
    let opening = try milliseconds {
      let store = try MessageStore(path: path)
      _ = try store.record(of: StoreBench.peer)
    }
    row("opening with \(count) of history, ms", rounded(opening))
    let store = try MessageStore(path: path)
    let newest = try milliseconds { _ = try store.list(HistorySelection(peer: StoreBench.peer, newest: 20)) }
    row("the newest 20, ms", rounded(newest))
    try index(store)
    let common = words[0..<20].filter { $0.count >= 3 }
    for word in [common[0], words[300], words[5_000], words[19_999], "\(words[40]) \(words[60])", "kakakaka", "qqq"] {
      try search(store, word)
    }
    try search(store, "漢字")
    try list(store, HistorySelection(peer: nil), "going through all of it, ms")
    try list(store, HistorySelection(peer: nil, newest: count / 10), "going through the newest tenth, ms")
    let checking = try milliseconds { _ = try store.checkAll { _, _ in } }
    row("checking all of it, ms", rounded(checking))
  }

  private func fill(_ count: Int) throws {
    var dice = Dice(seed: 2)
    let store = try MessageStore(path: path)
    for first in stride(from: 1, through: count / 2, by: 1_000) {
      var changes = ConversationChanges(now: 1_795_000_000 + first)
      changes.received = [batch(UInt64(first), (0..<1_000).map { _ in line(&dice) })]
      changes.accepted = [batch(UInt64(first), (0..<1_000).map { _ in line(&dice) })]
      changes.acknowledged = [Incarnation(1): UInt64(first) + 999]
      try store.commit(changes, of: StoreBench.peer, keepsHistory: true)
    }
  }

  private func line(_ dice: inout Dice) -> String {
    (0..<Int.random(in: 4...12, using: &dice)).map { _ in
      let wanted = Double.random(in: 0..<cumulative[cumulative.count - 1], using: &dice)
      var (low, high) = (0, cumulative.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if cumulative[middle] < wanted { low = middle + 1 } else { high = middle }
      }
      return words[low]
    }.joined(separator: " ")
  }

  private func index(_ store: borrowing MessageStore) throws {
    var (total, longest, isLeft) = (0.0, 0.0, true)
    while isLeft {
      let time = try milliseconds { isLeft = try store.index(atMost: 1_000) }
      total += time
      longest = max(longest, time)
    }
    row("putting it into the index, in steps of 1,000, ms", rounded(total))
    row("the longest step, ms", rounded(longest))
  }

  /// `tincan history`, but for what it prints.
  private func list(_ store: borrowing MessageStore, _ selection: HistorySelection, _ name: String) throws {
    let time = try milliseconds {
      var selected = try store.select(selection)
      while try selected.next(store) != nil {}
    }
    row(name, rounded(time))
  }

  /// A search for the newest 20: the median of several times, and the processor time.
  private func search(_ store: borrowing MessageStore, _ text: String) throws {
    var found = 0
    var times: [Double] = []
    let rounds = 11
    let before = processorMilliseconds()
    for _ in 0..<rounds {
      times.append(
        try milliseconds {
          var search = try store.beginSearch(for: text, of: nil, atMost: 20)
          var entries: [HistoryEntry]?
          while entries == nil { entries = try store.step(&search) }
          found = entries?.count ?? 0
        })
    }
    let processor = rounded((processorMilliseconds() - before) / Double(rounds))
    let median = rounded(times.sorted()[rounds / 2])
    row("search for '\(text)', \(found) of the newest 20 found, ms", "\(median), of the processor \(processor)")
  }
}
