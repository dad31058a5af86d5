import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

@Suite("History and search", .serialized, .leavesNoDescriptor)
struct HistoryTests {
  private let file: StoreFile

  init() throws { file = try StoreFile() }

  /// A conversation with lines of both directions, in three incarnations.
  private func fill(_ store: borrowing MessageStore, _ peer: [UInt8], _ count: Int, from start: Int = 0) throws {
    for line in start..<start + count {
      try store.commit(peer, at: 1000 + line) {
        let number = UInt64(line / 2 % 100) + 1
        let incarnation = UInt64(line / 200) + 1
        if line % 2 == 0 {
          $0.accepted = [batch(incarnation, number, ["line \(line)"])]
        } else {
          $0.received = [batch(incarnation, number, ["line \(line)"])]
        }
      }
    }
  }

  private func lines(_ numbers: some Sequence<Int>) -> [String] { numbers.map { "line \($0)" } }

  @Test("The history is in one order, from either end, and across portions")
  func order() throws {
    let store = try file.open()
    try fill(store, bob, 600)
    #expect(try store.texts() == lines(0..<600))
    for count in [0, 1, 7, 599, 600, 601] {
      #expect(
        try store.list(HistorySelection(peer: bob, newest: count)).map(\.string) == lines(max(0, 600 - count)..<600))
    }
    let newest = try store.select(HistorySelection(peer: bob, newest: 600))
    #expect(newest.list.isEmpty, "not all of them are in memory")
    for date in [0, 1000, 1001, 1300, 1599, 1600] {
      #expect(try store.all(store.history(of: bob, since: date)).map(\.string) == lines(max(0, date - 1000)..<600))
    }
  }

  @Test("A portion is bounded by bytes as well, and long messages come whole")
  func longMessages() throws {
    let store = try file.open()
    let texts = (0..<30).map { String(repeating: Character(UnicodeScalar(UInt8(97 + $0 % 26))), count: 65_536) }
    try store.commit { $0.accepted = [batch(1, 1, texts)] }
    #expect(try store.texts() == texts)
    #expect(try store.list(HistorySelection(peer: bob, newest: 30)).map(\.string) == texts)
    #expect(try store.found("bbbb") == [texts[27], texts[1]])
  }

  /// A run of many more messages than a portion has room for. Only the first and the last are there, as nothing else is
  /// to be looked at. To go through their numbers alone takes minutes.
  @Test("A portion costs as much as it has, whatever follows it", .timeLimit(.minutes(1)))
  func portionsOfLongRun() throws {
    let store = try file.open()
    let count = 1 << 32
    let kept = 300
    try store.commit { $0.accepted = [batch(1, 1, (1...kept).map { "\($0)" })] }
    let own = try #require(try store.conversation(bob)).own
    var run = try #require(try store.database.runs(of: own).first)
    run.count = count
    try store.database.write(run, of: own)
    let insertion = try store.database.prepare(StoredMessage.insertion)
    for id in run.end - kept..<run.end {
      let message = StoredMessage(
        id: id, position: id - run.first + 1, time: 1000, writtenAt: 0, flags: [], text: Array("last".utf8)[...])
      try message.insert(insertion, as: run.name(of: id), of: own)
    }
    var history = try store.history(of: bob)
    #expect(try history.next(store)?.string == "1")
    #expect(try store.list(HistorySelection(peer: bob, newest: 2)).map(\.string) == ["last", "last"])
    #expect(try store.found("last", atMost: 2) == ["last", "last"])
    #expect(try store.texts(of: bob, [run.run], atMost: 10).map(\.count) == [5])
  }

  @Test("Conversations with several peers are merged by time, and each keeps its own order")
  func severalPeers() throws {
    let store = try file.open()
    try store.commit(bob, at: 10) { $0.received = [batch(1, 1, ["b10"])] }
    try store.commit(eve, at: 20) { $0.received = [batch(1, 1, ["e20"])] }
    try store.commit(bob, at: 30) { $0.received = [batch(1, 2, ["b30"])] }
    // The clock was set back.
    try store.commit(bob, at: 15) { $0.received = [batch(1, 3, ["b15"])] }
    #expect(try store.texts(of: nil) == ["b10", "e20", "b30", "b15"])
    #expect(try store.list(HistorySelection(peer: nil, newest: 4)).map(\.string) == ["b10", "e20", "b30", "b15"])
    // Backwards the clock is met from the other end, so the newest three are not the last three of all.
    #expect(try store.list(HistorySelection(peer: nil, newest: 3)).map(\.string) == ["e20", "b30", "b15"])
    #expect(try store.all(store.history(of: bob, since: 20)).map(\.string) == ["b30"])
    #expect(try store.found("b", of: nil).sorted() == ["b10", "b15", "b30"])
  }

  @Test("Messages that wait are listed in the order written")
  func waiting() throws {
    let store = try file.open()
    try store.commit { $0.accepted = [batch(1, 1, ["1", "2", "3"]), batch(2, 1, ["4"]), batch(1, 4, ["5"])] }
    #expect(try store.all(store.waiting(for: bob)).map(\.string) == ["1", "2", "3", "4", "5"])
    try store.commit { $0.acknowledged = [Incarnation(1): 2] }
    #expect(try store.all(store.waiting(for: bob)).map(\.string) == ["3", "4", "5"])
    try store.commit { $0.acknowledged = [Incarnation(1): 3, Incarnation(2): 1] }
    #expect(try store.all(store.waiting(for: nil)).map(\.string) == ["5"])
    #expect(try store.all(store.waiting(for: eve)) == [])
  }

  // MARK: Search

  private static let texts = [
    "Hello world", "HELLO again", "a \"quoted\" word", "漢字かな", "Grüße aus KÖLN", "100% sure -- or not*", "ab",
    "NEAR(x, y) AND z",
    "hel lo", "tab\there", "ﬁne", "Größe", "x", "İstanbul", "the end\nof lines",
  ]
  private static let queries = [
    "hello", "HELLO WORLD", "world hello", "漢字", "漢字か", "字", "köln", "grüße", "größe", "quoted\"", "\"quoted\"", "100%",
    "--",
    "not*", "near(x,", "AND", "ab", "x", "istanbul", "i̇stanbul", "end of", "tab", "hel", "ﬁn", "nothing at all", "o w",
  ]

  /// The texts that a search must find, by the definition alone.
  private func expected(_ query: String) -> [String] {
    func lower(_ text: String) -> String {
      text.unicodeScalars.map { $0.properties.lowercaseMapping }.joined()
    }
    let words = lower(query).split(separator: " ").map { Array($0.utf8) }
    return HistoryTests.texts.reversed().filter { text in
      let text = Array(lower(text).utf8)
      return words.allSatisfy { word in
        text.indices.contains { start in text[start...].starts(with: word) }
      }
    }
  }

  @Test("A search finds the same with the index, without it, and with a part of it", arguments: [0, 4, 9, 1000])
  func search(indexed: Int) throws {
    let store = try file.open()
    for (index, text) in HistoryTests.texts.enumerated() {
      let number = UInt64(index / 2) + 1
      try store.commit { changes in
        if index % 2 == 0 { changes.accepted = [batch(1, number, [text])] }
        if index % 2 == 1 { changes.received = [batch(1, number, [text])] }
      }
    }
    try store.commit { $0.acknowledged = [Incarnation(1): 5] }
    if indexed > 0 { try store.index(atMost: indexed) }
    for query in HistoryTests.queries {
      for count in [1, 3, 100] {
        #expect(try store.found(query, atMost: count) == Array(expected(query).prefix(count)), "\(count) of \(query)")
      }
    }
    #expect(try store.found("  \n") == [])
  }

  @Test("A search for a short word goes on step by step, and each looks at a bounded number of messages")
  func steps() throws {
    let store = try file.open()
    try store.commit { $0.received = [batch(1, 1, ["漢字"] + Array(repeating: "-", count: 2_999))] }
    var steps = 1
    var search = try store.beginSearch(for: "漢字", of: bob, atMost: 10)
    while try store.step(&search, budget: 1_024) == nil { steps += 1 }
    #expect(try store.step(&search)?.map(\.string) == ["漢字"])
    #expect(steps == 3)
  }

  @Test("A message that waits, or is gone once it was shown, is not put into the index")
  func notIndexed() throws {
    let store = try file.open()
    try store.commit { $0.accepted = [batch(1, 1, ["acknowledged", "waiting"])] }
    try store.commit(keepsHistory: false) { $0.received = [batch(1, 1, ["for a moment"])] }
    try store.commit { $0.acknowledged = [Incarnation(1): 1] }
    while try store.index(atMost: 1) {}
    func rows(_ part: String) throws -> Int {
      let rows = try store.database.prepare("SELECT count(*) FROM words WHERE words MATCH '\"\(part)\"'")
      #expect(try rows.step())
      return try rows.integer(0)
    }
    #expect(try rows("ack") == 1)
    #expect(try rows("wai") == 0)
    #expect(try rows("mom") == 0)
    #expect(try store.found("wait") == ["waiting"])
    try store.commit { $0.withdrawn = [MessageName(Incarnation(1), 2)] }
    #expect(try store.found("wait") == [])
  }
}
