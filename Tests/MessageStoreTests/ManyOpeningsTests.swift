import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

/// The work of each step is counted in steps of SQLite's machine, with few openings and with many: it is the same.
@Suite("A conversation in which each message is of an opening of its own", .leavesNoDescriptor)
struct ManyOpeningsTests {
  /// A store in which so many messages wait, each of its own opening.
  private func store(of count: Int) throws -> StoreFile {
    let file = try StoreFile()
    try file.open().commit { changes in
      changes.accepted = (1...UInt64(count)).map { batch($0, 1, ["message \($0)"]) }
    }
    return file
  }

  /// The work that `body` does in a store that was just opened.
  private func work(_ file: StoreFile, _ body: (borrowing MessageStore) throws -> Void) throws -> Int {
    let store = try file.open()
    let before = store.database.stepCount
    try body(store)
    return store.database.stepCount - before
  }

  /// Something that is done with one message or with some, whatever else waits.
  enum Step: CaseIterable { case accept, count, send, acknowledge, acknowledgeWithoutHistory, withdraw, show }

  private func take(_ step: Step, _ store: borrowing MessageStore) throws {
    switch step {
    case .accept: try store.commit { $0.accepted = [batch(1_000_001, 1, ["one more"])] }
    case .count: #expect(try store.waitingCount(for: bob) >= 20)
    case .send:
      let runs = (1...10 as ClosedRange<UInt64>).map { MessageRun(Incarnation($0), first: 1, count: 1) }
      #expect(try store.texts(of: bob, runs, atMost: 1_000).count == 10)
    case .acknowledge:
      try store.commit { $0.acknowledged = [Incarnation(1): 1, Incarnation(2): 1] }
      #expect(try store.isAcknowledged(MessageName(Incarnation(2), 1), by: bob))
    case .acknowledgeWithoutHistory:
      try store.commit(keepsHistory: false) { $0.acknowledged = [Incarnation(3): 1, Incarnation(4): 1] }
    case .withdraw: try store.commit { $0.withdrawn = [MessageName(Incarnation(5), 1)] }
    case .show:
      try store.commit(keepsHistory: false) { $0.received = [batch(7, 1, ["seen"])] }
      try store.commit { $0.shown = [MessageRun(Incarnation(7), first: 1, count: 1)] }
    }
  }

  @Test("A step with one costs the same whether few or many others wait", arguments: Step.allCases)
  func costsTheSame(step: Step) throws {
    let few = try work(store(of: 20)) { store in try take(step, store) }
    let many = try work(store(of: 5_000)) { store in try take(step, store) }
    #expect(many < few + few / 2 + 50, "\(few) steps with few, \(many) with many")
  }

  @Test("Texts of two runs are never one batch, even where the runs stand side by side")
  func runsSideBySide() throws {
    let file = try StoreFile()
    let store = try file.open()
    try store.commit { $0.accepted = [batch(1, 1, ["one", "two", "three", "four"])] }
    let runs = [MessageRun(Incarnation(1), first: 1, count: 2), MessageRun(Incarnation(1), first: 3, count: 2)]
    #expect(try store.texts(of: bob, runs, atMost: 1_000).map(\.count) == [2, 2])
  }

  @Test("Opening, sending and acknowledging all of them costs so much for each")
  func all() throws {
    let count = 5_000
    let file = try store(of: count)
    var record = ConversationRecord()
    let opening = try work(file) { store in record = try store.record(of: bob) }
    #expect(record.written.count == count)
    #expect(opening < 40 * count, "\(opening) steps for opening")
    var sent: [MessageRun] = []
    let sending = try work(file) { store in
      while sent.count < count {
        sent += try store.texts(of: bob, record.written[sent.count...].prefix(1_000), atMost: 4_096).map(\.run)
      }
    }
    #expect(sent == record.written)
    #expect(sending < 100 * count, "\(sending) steps for sending")
    let acknowledging = try work(file) { store in
      try store.commit { changes in for number in 1...UInt64(count) { changes.acknowledged[Incarnation(number)] = 1 } }
    }
    #expect(acknowledging < 150 * count, "\(acknowledging) steps for acknowledging")
    let store = try file.open()
    #expect(try store.waitingCount(for: bob) == 0)
    #expect(try store.record(of: bob).newestAcknowledged == MessageName(Incarnation(UInt64(count)), 1))
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: count))
  }

  @Test("A store that an earlier build made gets the indexes when it is opened, and keeps its format")
  func earlierBuild() throws {
    let file = try store(of: 20)
    try file.open().database.run("DROP INDEX by_name; DROP INDEX withdrawn")
    let store = try file.open()
    let rows = try store.database.prepare("SELECT name FROM sqlite_schema WHERE name IN ('by_name', 'withdrawn')")
    #expect(try rows.step() && rows.step())
    #expect(try MessageStore.number("user_version", of: store.database) == 3)
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 20))
  }
}
