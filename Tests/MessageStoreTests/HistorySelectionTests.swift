import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

@Suite("A selection of the history", .opensDescriptors)
struct HistorySelectionTests {
  private let file: StoreFile

  /// Ten messages of Bob's at 1000, 1100, …, and one of Eve's.
  init() throws {
    file = try StoreFile()
    let store = try file.open()
    for number in 1...10 {
      let text = number % 2 == 0 ? "even 漢字 \(number)" : "odd \(number)"
      try store.commit(at: 900 + 100 * number) { $0.received = [batch(5, UInt64(number), [text])] }
    }
    try store.commit(eve, at: 1150) { $0.received = [batch(6, 1, ["even eve"])] }
  }

  private func texts(_ selection: HistorySelection) throws -> [String] {
    let store = try file.open()
    var selected = try store.select(selection)
    var texts: [String] = []
    while let entry = try selected.next(store) { texts.append(entry.string) }
    return texts
  }

  @Test("A search in steps finds what it finds at once, whatever a step looks at", arguments: [1, 2, 3, 7, 100])
  func steps(budget: Int) throws {
    let store = try file.open()
    for (words, count, since) in [("odd", 3, Int.min), ("漢字", 20, .min), ("even", 20, 1200), ("zz", 20, .min)] {
      var search = try store.beginSearch(for: words, of: nil, since: since, atMost: count)
      var steps = 0
      var found: [HistoryEntry]?
      while found == nil, steps < 100 {
        found = try store.step(&search, budget: budget)
        steps += 1
      }
      let atOnce = try store.list(HistorySelection(peer: nil, newest: count, since: since, words: words))
      #expect(found == atOnce, "\(words)")
      #expect(atOnce.isEmpty == (words == "zz"))
      // Neither word has three characters that the index would know.
      if words == "zz" || words == "漢字" { #expect(budget < 7 ? steps > 1 : budget == 7 || steps == 1) }
      #expect(try store.step(&search, budget: budget) == atOnce, "It is through.")
    }
  }

  @Test("has all that was said, oldest first, of one peer or of all")
  func all() throws {
    #expect(try texts(HistorySelection(peer: bob)).count == 10)
    #expect(try texts(HistorySelection(peer: nil)).prefix(3) == ["odd 1", "even 漢字 2", "even eve"])
    #expect(try texts(HistorySelection(peer: Array(repeating: 9, count: 32))) == [])
  }

  @Test("has the newest, oldest of them first")
  func newest() throws {
    #expect(try texts(HistorySelection(peer: bob, newest: 2)) == ["odd 9", "even 漢字 10"])
    #expect(try texts(HistorySelection(peer: bob, newest: 3, since: 1900)) == ["even 漢字 10"])
    #expect(try texts(HistorySelection(peer: bob, newest: 100)).count == 10)
  }

  @Test("has what came at a time or later")
  func since() throws {
    #expect(try texts(HistorySelection(peer: bob, since: 1800)) == ["odd 9", "even 漢字 10"])
    #expect(try texts(HistorySelection(peer: bob, since: 1801)) == ["even 漢字 10"])
    #expect(try texts(HistorySelection(peer: bob, since: 1901)) == [])
  }

  @Test("has what words stand in, in the same order, with an index and without", arguments: [false, true])
  func words(isIndexed: Bool) throws {
    if isIndexed { while try file.open().index(atMost: 1000) {} }
    let even = [2, 4, 6, 8, 10].map { "even 漢字 \($0)" }
    for words in ["EVEN", "漢字", "ev 字"] {
      #expect(try texts(HistorySelection(peer: bob, words: words)) == even)
      #expect(try texts(HistorySelection(peer: bob, newest: 2, words: words)) == even.suffix(2))
      #expect(try texts(HistorySelection(peer: bob, since: 1700, words: words)) == even.suffix(2))
      #expect(try texts(HistorySelection(peer: bob, newest: 4, since: 1700, words: words)) == even.suffix(2))
    }
    #expect(try texts(HistorySelection(peer: nil, words: "even e")).contains("even eve"))
    #expect(try texts(HistorySelection(peer: bob, words: "neither")) == [])
    #expect(try texts(HistorySelection(peer: bob, words: " ")) == [])
  }

  @Test("is gone through without copying the rest of it for each message")
  func inPlace() throws {
    let store = try file.open()
    // Both kinds of what is left: read in portions, and found by a search.
    for words in [nil, "e"] {
      var selected = try store.select(HistorySelection(peer: bob, newest: 10, words: words))
      _ = try selected.next(store)
      // A copy would be elsewhere, as this one still exists while it is made.
      func place() -> UnsafePointer<HistoryEntry>? {
        words == nil
          ? selected.cursor?.conversations[0].directions[0].portion.withUnsafeBufferPointer(\.baseAddress)
          : selected.list.withUnsafeBufferPointer(\.baseAddress)
      }
      let first = try #require(place())
      for _ in 2...4 {
        #expect(try selected.next(store) != nil)
        #expect(place() == first)
      }
    }
  }

  @Test("leaves out what is older by a clock that was set back")
  func clockSetBack() throws {
    try file.open().commit(at: 50) { $0.received = [batch(5, 11, ["odd 11"])] }
    try file.open().commit(at: 2000) { $0.received = [batch(5, 12, ["even 12"])] }
    #expect(try texts(HistorySelection(peer: bob, since: 1900)) == ["even 漢字 10", "even 12"])
    #expect(try texts(HistorySelection(peer: bob, since: 1900, words: "odd")) == [])
    #expect(try texts(HistorySelection(peer: bob, newest: 3, since: 1900)) == ["even 漢字 10", "even 12"])
  }
}
