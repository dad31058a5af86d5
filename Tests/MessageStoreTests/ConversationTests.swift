import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

@Suite("Conversations in the store", .serialized, .leavesNoDescriptor)
struct ConversationTests {
  private let file: StoreFile
  private let a = Incarnation(.max)
  private let b = Incarnation(2)
  private let p = Incarnation(1 << 63)

  init() throws { file = try StoreFile() }

  @Test("Two who never spoke have an empty record, and nothing is written for them")
  func empty() throws {
    let before = file.bytes
    do {
      let store = try file.open()
      #expect(try store.record(of: bob) == ConversationRecord())
      try store.commit { _ in }
      #expect(try store.texts() == [])
    }
    #expect(file.bytes == before)
  }

  @Test("A commit is there after another opening: runs in the order written, numbers, and texts")
  func record() throws {
    do {
      let store = try file.open()
      try store.commit { $0.accepted = [batch(.max, 1, ["one", "two\nlines"], writtenAt: 900)] }
      try store.commit { $0.received = [batch(1 << 63, 1, ["hi", "there"], writtenAt: 800)] }
      try store.commit { $0.accepted = [batch(.max, 3, [""]), batch(2, 1, ["four"])] }
      try store.commit { $0.accepted = [batch(.max, 4, ["five"])] }
      try store.commit { $0.acknowledged = [a: 3] }
    }
    let store = try file.open()
    #expect(
      try store.record(of: bob)
        == ConversationRecord(
          written: [
            MessageRun(a, first: 1, count: 3), MessageRun(b, first: 1, count: 1), MessageRun(a, first: 4, count: 1),
          ],
          acknowledged: [a: 3], newest: MessageName(a, 3), committed: [p: 2]))
    #expect(try store.texts() == ["one", "two\nlines", "hi", "there", "", "four", "five"])
    #expect(try store.record(of: eve) == ConversationRecord())
    let entries = try store.all(store.history(of: bob))
    #expect(entries.map(\.isOwn) == [true, true, false, false, true, true, true])
    #expect(entries.map(\.isWaiting) == [false, false, false, false, false, true, true])
    #expect(entries.map(\.time) == [900, 900, 1000, 1000, 1000, 1000, 1000])
    #expect(entries.map(\.writtenAt) == [0, 0, 800, 800, 0, 0, 0])
    #expect(entries.map(\.name.number) == [1, 2, 1, 2, 3, 1, 4])
    #expect(entries.allSatisfy { $0.peer == bob && !$0.isWithdrawn })
  }

  @Test("The newest acknowledged message is the newest as written, not the one that was acknowledged last")
  func newestAcknowledged() throws {
    let store = try file.open()
    try store.commit { $0.accepted = [batch(.max, 1, ["1", "2"]), batch(2, 1, ["3"]), batch(.max, 3, ["4", "5"])] }
    try store.commit { $0.acknowledged = [b: 1] }
    #expect(try store.record(of: bob).newestAcknowledged == MessageName(b, 1))
    try store.commit { $0.acknowledged = [a: 2] }
    #expect(try store.record(of: bob).newestAcknowledged == MessageName(b, 1))
    // More than the store has: it went back, or is a copy.
    try store.commit { $0.acknowledged = [a: 9] }
    #expect(try store.record(of: bob).newestAcknowledged == MessageName(a, 4))
    #expect(try store.record(of: bob).acknowledged == [a: 9, b: 1])
    try store.commit { $0.acknowledged = [a: 3, b: 1] }
    #expect(try store.record(of: bob).acknowledged == [a: 9, b: 1])
    #expect(try store.all(store.waiting(for: bob)) == [])
  }

  @Test("Texts to be sent come in the order of their names, at least one and not much more than was asked for")
  func textsToSend() throws {
    let store = try file.open()
    try store.commit {
      $0.accepted = [batch(2, 1, ["one", "two\nlines"], writtenAt: 5), batch(2, 3, ["three"], writtenAt: 6)]
    }
    try store.commit { $0.received = [batch(7, 1, ["between"])] }
    try store.commit { $0.accepted = [batch(2, 4, ["four", "five"], writtenAt: 6)] }
    try store.commit { $0.withdrawn = [MessageName(b, 5)] }
    func texts(_ first: UInt64, _ count: UInt64, _ limit: Int) throws -> [MessageBatch] {
      try store.texts(of: bob, [MessageRun(b, first: first, count: count)], atMost: limit)
    }
    let all = [
      batch(2, 1, ["one", "two\nlines"], writtenAt: 5), batch(2, 3, ["three", "four"], writtenAt: 6),
      MessageBatch(first: MessageName(b, 5), count: 1, writtenAt: 6, isWithdrawn: true, lines: [10]),
    ]
    #expect(try texts(1, 5, 1000) == all)
    #expect(try texts(1, 2, 1000) == [all[0]])
    #expect(try texts(4, 1, 1000) == [batch(2, 4, ["four"], writtenAt: 6)])
    #expect(try texts(1, 5, 1) == [batch(2, 1, ["one"], writtenAt: 5)])
    #expect(try texts(1, 5, 5) == [all[0]])
    #expect(failure { _ = try texts(6, 1, 9) } == .changedMeanwhile)
    let run = MessageRun(b, first: 1, count: 1)
    #expect(failure { _ = try store.texts(of: eve, [run], atMost: 9) } == .changedMeanwhile)
  }

  @Test("A message that is in the store already, or is not the next, is refused with all that came with it")
  func notNext() throws {
    let store = try file.open()
    try store.commit {
      $0.accepted = [batch(2, 1, ["one"])]
      $0.received = [batch(7, 1, ["hi", "there"])]
    }
    let before = try store.record(of: bob)
    for received in [batch(7, 2, ["there"]), batch(7, 4, ["later"]), batch(8, 2, ["not the first"])] {
      #expect(
        failure {
          try store.commit {
            $0.accepted = [batch(2, 2, ["two"])]
            $0.received = [received]
          }
        } == .changedMeanwhile)
    }
    #expect(failure { try store.commit { $0.accepted = [batch(2, 1, ["again"])] } } == .changedMeanwhile)
    #expect(failure { try store.commit { $0.accepted = [batch(2, 3, ["skips one"])] } } == .changedMeanwhile)
    #expect(failure { try store.commit { $0.withdrawn = [MessageName(b, 2)] } } == .changedMeanwhile)
    #expect(try store.record(of: bob) == before)
    #expect(try store.texts() == ["hi", "there", "one"])
  }

  @Test("A message of an older incarnation that comes again is refused, too")
  func notNextOfAnOlderOne() throws {
    let store = try file.open()
    try store.commit {
      $0.accepted = [batch(2, 1, ["one", "two"]), batch(3, 1, ["three"])]
      $0.received = [batch(7, 1, ["hi", "there"]), batch(8, 1, ["you"])]
    }
    #expect(failure { try store.commit { $0.received = [batch(7, 2, ["there"])] } } == .changedMeanwhile)
    #expect(failure { try store.commit { $0.accepted = [batch(2, 2, ["two"])] } } == .changedMeanwhile)
    try store.commit {
      $0.accepted = [batch(2, 3, ["four"])]
      $0.received = [batch(7, 3, ["all"])]
    }
    #expect(try store.texts() == ["hi", "there", "you", "one", "two", "three", "all", "four"])
  }

  @Test("The store goes on behind messages that the peer has lost")
  func skipped() throws {
    let store = try file.open()
    try store.commit { $0.received = [batch(7, 1, ["one"])] }
    try store.commit {
      $0.received = [batch(7, 5, ["five"])]
      $0.skipped = [Incarnation(7): 4]
    }
    try store.commit { $0.skipped = [Incarnation(8): 3] }
    try store.commit { $0.received = [batch(8, 4, ["eight four"]), batch(7, 6, ["six"])] }
    try store.commit { $0.skipped = [Incarnation(7): 2] }
    #expect(try store.record(of: bob).committed == [Incarnation(7): 6, Incarnation(8): 4])
    #expect(try store.all(store.history(of: bob)).map(\.name.number) == [1, 5, 4, 6])
  }

  @Test("A message that was taken back keeps its name and loses its text, at both ends")
  func withdrawn() throws {
    do {
      let store = try file.open()
      try store.commit { $0.accepted = [batch(2, 1, ["stays", "wwwwwwwwwwwwwwww", "stays too"])] }
      try store.commit { $0.withdrawn = [MessageName(b, 2)] }
      try store.commit { $0.received = [withdrawnBatch(7, 1)] }
      #expect(try store.all(store.history(of: bob)).map(\.isWithdrawn) == [false, true, false, true])
      #expect(try store.texts() == ["stays", "", "stays too", ""])
      #expect(try store.record(of: bob).written == [MessageRun(b, first: 1, count: 3)])
      #expect(try store.record(of: bob).committed == [Incarnation(7): 1])
    }
    #expect(!String(decoding: file.bytes, as: UTF8.self).contains("wwww"))
  }

  // MARK: Without history

  @Test("Without history, texts go when they are acknowledged or shown, and numbers stay")
  func noHistory() throws {
    do {
      let store = try file.open()
      try store.commit(keepsHistory: false) {
        $0.accepted = [batch(2, 1, ["mmmmmmmm", "mmmmmmmm", "waits"])]
        $0.received = [batch(7, 1, ["rrrrrrrr", "rrrrrrrr", "not shown"])]
      }
      try store.commit(keepsHistory: false) {
        $0.acknowledged = [b: 2]
        $0.shown = [MessageRun(Incarnation(7), first: 1, count: 2)]
      }
    }
    let bytes = String(decoding: file.bytes, as: UTF8.self)
    #expect(!bytes.contains("mmmm") && !bytes.contains("rrrr") && bytes.contains("waits"))
    let store = try file.open()
    #expect(
      try store.record(of: bob)
        == ConversationRecord(
          written: [MessageRun(b, first: 3, count: 1)], acknowledged: [b: 2], newest: MessageName(b, 2),
          committed: [Incarnation(7): 3]))
    #expect(try store.notShown(of: bob, atMost: 10).map(\.string) == ["not shown"])
    try store.commit(keepsHistory: true) { $0.shown = [MessageRun(Incarnation(7), first: 1, count: 3)] }
    try store.commit(keepsHistory: false) { $0.acknowledged = [b: 3] }
    #expect(try store.texts() == [])
    let numbers = ConversationRecord(
      acknowledged: [b: 3], newest: MessageName(b, 3), committed: [Incarnation(7): 3])
    #expect(try store.record(of: bob) == numbers)
    try store.commit(keepsHistory: false) {
      $0.accepted = [batch(2, 4, ["goes on"])]
      $0.received = [batch(7, 4, ["too"])]
    }
    #expect(try store.record(of: bob).written == [MessageRun(b, first: 4, count: 1)])
    #expect(try store.texts() == ["too", "goes on"])
  }

  @Test("Texts that were kept before stay when no more is kept")
  func historyStays() throws {
    let store = try file.open()
    try store.commit {
      $0.accepted = [batch(2, 1, ["kept", "delivered later"])]
      $0.received = [batch(7, 1, ["kept too"])]
    }
    try store.commit { $0.acknowledged = [b: 1] }
    try store.commit(keepsHistory: false) {
      $0.acknowledged = [b: 2]
      $0.received = [batch(7, 2, ["seen"])]
    }
    try store.commit(keepsHistory: false) { $0.shown = [MessageRun(Incarnation(7), first: 1, count: 2)] }
    #expect(try store.texts() == ["kept too", "kept"])
  }

  // MARK: Deleting

  @Test("Deletion before a date takes what is older, whatever the order, and never what waits")
  func delete() throws {
    let store = try file.open()
    for (number, time) in [(1, 100), (2, 300), (3, 50), (4, 400), (5, 20)] as [(UInt64, Int)] {
      try store.commit(at: time) {
        $0.accepted = [batch(2, number, ["own \(number)"])]
        $0.received = [batch(7, number, ["peer \(number)"])]
      }
    }
    try store.commit { $0.acknowledged = [b: 4] }
    while try store.index(atMost: 2) {}
    #expect(try store.deleteHistory(of: eve, before: nil) == 0)
    #expect(try store.deleteHistory(of: bob, before: 200) == 5)
    #expect(try store.texts() == ["peer 2", "own 2", "peer 4", "own 4", "own 5"])
    #expect(try store.found("peer") == ["peer 4", "peer 2"])
    #expect(try store.found("own") == ["own 5", "own 4", "own 2"])
    #expect(
      try store.record(of: bob).written
        == [MessageRun(b, first: 2, count: 1), MessageRun(b, first: 4, count: 2)])
    #expect(try store.deleteHistory(of: nil, before: nil) == 4)
    #expect(try store.texts() == ["own 5"])
    #expect(try store.lacking() > 0 && !store.index(atMost: 100, ifAtLeast: 100) && store.lacking() > 0)
    while try store.index(atMost: 100) {}
    #expect(try store.lacking() == 0, "What was deleted is not looked for again.")
    try store.commit {
      $0.accepted = [batch(2, 6, ["own 6"])]
      $0.received = [batch(7, 6, ["peer 6"])]
    }
    while try store.index(atMost: 100) {}
    #expect(try store.found("peer") == ["peer 6"])
    #expect(try store.record(of: bob).committed == [Incarnation(7): 6])
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 3, findings: []))
  }

  @Test("A text that is deleted is in the file no more, nor are its words in the index")
  func deletedIsGone() throws {
    do {
      let store = try file.open()
      try store.commit { $0.received = [batch(7, 1, ["qxzqxzqxz", "stays"])] }
      while try store.index(atMost: 100) {}
      #expect(try store.found("qxz") == ["qxzqxzqxz"])
      #expect(try store.deleteHistory(of: bob, before: nil) == 2)
    }
    let bytes = String(decoding: file.bytes, as: UTF8.self)
    #expect(!bytes.contains("qxz") && !bytes.contains("zqx") && !bytes.contains("xzq"))
  }

  @Test("A peer that is forgotten takes the conversation along, and it is said how many messages waited")
  func forget() throws {
    let store = try file.open()
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
    try store.add(peer("eve", 2), ifNameIsTaken: .refused)
    for peer in [bob, eve] {
      try store.commit(peer) {
        $0.accepted = [batch(2, 1, ["one", "two", "three"]), batch(3, 1, ["four"])]
        $0.received = [batch(7, 1, ["hi"])]
      }
      try store.commit(peer) { $0.acknowledged = [b: 2] }
    }
    #expect(try store.forget("bob").waitingCount == 2)
    #expect(try store.record(of: bob) == ConversationRecord())
    #expect(try store.texts(of: bob) == [])
    #expect(try store.texts(of: eve) == ["hi", "one", "two", "three", "four"])
    #expect(try store.texts(of: nil) == ["hi", "one", "two", "three", "four"])
    try store.commit { $0.received = [batch(7, 1, ["once more"])] }
    #expect(try store.texts(of: bob) == ["once more"])
  }

  // MARK: Several programs

  @Test("Two programs that commit at once, each for its own peer, lose nothing and hold each other up for moments only")
  func atOnce() async throws {
    let path = file.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for peer in [bob, eve] {
        group.addTask {
          let store = try MessageStore(path: path)
          for number in 1...50 as ClosedRange<UInt64> {
            try store.commit(peer) {
              $0.accepted = [batch(2, number, ["own \(number)"])]
              $0.received = [batch(7, number, ["peer \(number)"])]
            }
            if number % 10 == 0 { try store.index(atMost: 7) }
          }
        }
      }
      try await group.waitForAll()
    }
    let store = try file.open()
    let expected = (1...50).flatMap { ["peer \($0)", "own \($0)"] }
    #expect(try store.texts(of: bob) == expected)
    #expect(try store.texts(of: eve) == expected)
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 200, findings: []))
  }

  @Test("A program that goes on with a conversation that another has changed is refused, and the other loses nothing")
  func changedMeanwhile() throws {
    let one = try file.open()
    let other = try file.open()
    try one.commit { $0.received = [batch(7, 1, ["hi"])] }
    try other.commit { $0.received = [batch(7, 2, ["there"])] }
    #expect(failure { try one.commit { $0.received = [batch(7, 2, ["there"])] } } == .changedMeanwhile)
    #expect(try one.texts() == ["hi", "there"])
  }

  @Test("A history that is read while another program adds to it and deletes from it is right all the same")
  func readWhileChanging() throws {
    let one = try file.open()
    let other = try file.open()
    try one.commit { $0.received = [batch(7, 1, (1...600).map { "\($0)" })] }
    var cursor = try one.history(of: bob)
    var read: [String] = []
    while let entry = try cursor.next(one) {
      read.append(entry.string)
      if read.count == 10 {
        #expect(try other.deleteHistory(of: bob, before: 1_001) == 600)
        try other.commit(at: 2_000) { $0.received = [batch(7, 601, ["new"])] }
      }
    }
    // The rest of the portion that has the tenth was read with it.
    #expect(read.last == "new")
    #expect(read.dropLast() == (1...read.count - 1).map { "\($0)" }[...])
  }
}
