import ChatProtocol
import Glibc
import TestSupport
import Testing

@testable import MessageStore

/// Damage that a file system or a disk does. An answer is right, or the damage is reported; and the file is left as it
/// is.
@Suite("Damage", .serialized, .leavesNoDescriptor)
struct DamageTests {
  private let file: StoreFile

  init() throws {
    file = try StoreFile()
    let store = try file.open()
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
    try store.add(peer("eve", 2), ifNameIsTaken: .refused)
    for turn in 0..<20 as Range<UInt64> {
      try store.commit(turn % 3 == 0 ? eve : bob, at: 1000 + Int(turn)) {
        $0.accepted = [batch(turn, 1, (0..<10).map { "own line \($0) of turn \(turn)" })]
        $0.received = [batch(turn, 1, (0..<10).map { "the peer's line \($0), 漢字, of turn \(turn)" })]
      }
    }
    try store.commit { changes in
      for turn in 0..<10 as Range<UInt64> { changes.acknowledged[Incarnation(turn)] = 10 }
      changes.accepted = [batch(99, 1, [String(repeating: "long ", count: 3_000)])]
    }
    while try store.index(atMost: 1_000) {}
  }

  // MARK: What is read

  /// The answers to everything that can be asked of the store, each as text; nil where it is reported as damaged.
  private func answers() -> [String?] {
    let questions: [(borrowing MessageStore) throws -> String] = [
      { store in "\(try store.knownPeers())" },
      { store in "\(try store.knownPeer(named: "EVE") as Any)" },
      { store in "\(try store.knownPeer(fingerprint: bob) as Any)" },
      { store in describe(try store.record(of: bob)) },
      { store in describe(try store.record(of: eve)) },
      { store in "\(try store.all(store.history(of: nil)))" },
      { store in "\(try store.list(HistorySelection(peer: eve, newest: 5)))" },
      { store in "\(try store.all(store.waiting(for: bob)).map(\.string))" },
      { store in "\(try store.found("turn 7", of: nil))" },
      { store in "\(try store.found("漢字", of: bob))" },
      { store in "\(try store.found("long long", of: bob))" },
      { store in "\(try store.texts(of: bob, [MessageRun(Incarnation(5), first: 2, count: 9)], atMost: 100_000))" },
    ]
    // The first bytes of the file say what it is, and who may write to it.
    func answer(_ body: () throws -> String) -> String? {
      do { return try body() } catch StoreFailure.damaged, StoreFailure.foreign, StoreFailure.readOnly {
        return nil
      } catch StoreFailure.newer(format: _) { return nil } catch { return "\(error)" }
    }
    do {
      let store = try file.open()
      return questions.map { question in answer { try question(store) } }
    } catch { return questions.map { _ in answer { throw error } } }
  }

  private func describe(_ record: ConversationRecord) -> String {
    func sorted(_ numbers: [Incarnation: UInt64]) -> [String] {
      numbers.map { "\($0.key.value): \($0.value)" }.sorted()
    }
    return
      "\(record.written) \(sorted(record.acknowledged)) \(record.newestAcknowledged as Any) \(sorted(record.committed))"
  }

  /// How many places are tried; `TINCAN_FLIPS` sets another number, and `tools/test` sets it to 1,000.
  private static let places = getenv("TINCAN_FLIPS").flatMap { Int(String(cString: $0)) } ?? 100
  /// All of them in one test would look like a test that hangs.
  private static let parts = 10

  @Test(
    "A wrong bit anywhere in the main file makes no answer wrong: it is right, or the damage is reported",
    arguments: 0..<parts)
  func flips(part: Int) throws {
    let whole = file.bytes
    let right = answers()
    #expect(right.allSatisfy { $0 != nil })
    var reported = 0
    for place in stride(from: part, to: DamageTests.places, by: DamageTests.parts) {
      // Spread over the whole file, and over the bits.
      let offset = (place * whole.count + whole.count / 2) / DamageTests.places
      var changed = whole
      changed[offset] ^= 1 << ((place / DamageTests.parts + part) % 8)
      file.replace(changed)
      for (index, (answer, right)) in zip(answers(), right).enumerated() where answer != right {
        #expect(answer == nil, "byte \(offset), question \(index)")
        reported += 1
      }
      #expect(file.bytes == changed, "byte \(offset) was overwritten")
    }
    #expect(reported > DamageTests.places / DamageTests.parts)
  }

  @Test("A page that stands in another's place, or is empty, is damage")
  func pages() throws {
    let whole = file.bytes
    let page = 4096
    for index in 1..<whole.count / page {
      for other in [nil, 1, whole.count / page - 1] where other != index {
        var changed = whole
        let content = other.map { whole[$0 * page..<($0 + 1) * page] } ?? Array(repeating: 0, count: page)[...]
        changed.replaceSubrange(index * page..<(index + 1) * page, with: content)
        file.replace(changed)
        var findings: [StoreCheck.Finding] = []
        let failed = failure { findings = try file.open().checkAll { _, _ in }.findings }
        #expect(failed == .damaged || findings.contains(.tables), "page \(index)")
      }
    }
  }

  // MARK: Rows

  @Test(
    "A row that is not what was written is damage, even where its page is whole",
    arguments: [
      "UPDATE messages SET text = x'78' WHERE id = ID",
      "UPDATE messages SET position = position + 1 WHERE id = ID", "UPDATE messages SET time = 1 WHERE id = ID",
      "UPDATE messages SET written_at = 1 WHERE id = ID", "UPDATE messages SET flags = 1 WHERE id = ID",
      "UPDATE messages SET checksum = checksum + 1 WHERE id = ID", "DELETE FROM messages WHERE id = ID",
      "UPDATE messages SET (text, checksum) = (SELECT text, checksum FROM messages WHERE id = ID + 1) WHERE id = ID",
      "UPDATE messages SET id = -id WHERE id = ID; UPDATE messages SET id = ID WHERE id = ID + 1",
      "UPDATE runs SET number = number + 1 WHERE id = RUN", "UPDATE runs SET incarnation = 77 WHERE id = RUN",
      "UPDATE runs SET count = count - 1 WHERE id = RUN", "UPDATE runs SET count = count + 1 WHERE id = RUN",
      "UPDATE incarnations SET number = number + 1 WHERE direction = DIRECTION",
      "UPDATE incarnations SET incarnation = 77 WHERE direction = DIRECTION AND incarnation = 1",
      "UPDATE conversations SET acknowledged_number = 11", "UPDATE conversations SET acknowledged_place = 1",
      "UPDATE conversations SET acknowledged_incarnation = 1",
      "UPDATE conversations SET fingerprint = zeroblob(32) WHERE id = 2",
      "UPDATE indexed SET through = through - 1",
    ])
  func rows(change: String) throws {
    let conversation = try #require(try file.open().conversation(bob))
    for direction in [conversation.own, conversation.peer] {
      let whole = file.bytes
      do {
        let store = try file.open()
        let run = try #require(try store.database.runs(of: direction).first)
        var sql = change.replacing("DIRECTION", with: "\(direction.number)").replacing("RUN", with: "\(run.first)")
        sql = sql.replacing("ID + 1", with: "\(run.first + 4)").replacing("ID", with: "\(run.first + 3)")
        try store.database.run(sql)
      }
      let store = try file.open()
      let found = failure {
        _ = try store.record(of: bob)
        _ = try store.texts(of: bob)
        _ = try store.found("turn")
        _ = try store.record(of: Array(repeating: 0, count: 32))
      }
      #expect(found == .damaged)
      #expect(try store.checkAll { _, _ in }.findings != [])
      file.replace(whole)
    }
  }

  @Test("A check of a whole store finds nothing, and says how far it is")
  func check() throws {
    let store = try file.open()
    var last = (0, 0)
    let check = try store.checkAll { last = ($0, $1) }
    #expect(check == StoreCheck(messageCount: 401, findings: []))
    #expect(last == (401, 401))
  }

  @Test("A check names each message that is damaged, and goes on behind it")
  func checkNames() throws {
    let store = try file.open()
    let conversation = try #require(try store.conversation(bob))
    let run = try #require(try store.database.runs(of: conversation.peer).last)
    try store.database.run("UPDATE messages SET text = x'' WHERE id IN (\(run.first + 2), \(run.first + 5))")
    try store.database.run("UPDATE known_peers SET met_at = 0 WHERE name = 'eve'")
    let check = try store.checkAll { _, _ in }
    #expect(check.messageCount == 399)
    #expect(
      check.findings
        == [.knownPeers] + [3, 6].map { .message(MessageName(run.incarnation, $0), isOwn: false, peer: bob) })
  }

  @Test(
    "A check finds messages and names that belong to nothing",
    arguments: [
      "DELETE FROM runs WHERE id = (SELECT min(id) FROM runs)", "DELETE FROM conversations WHERE id = 1",
      "UPDATE messages SET id = id + 100 WHERE id = (SELECT max(id) FROM messages)",
      "DELETE FROM incarnations WHERE direction = 3",
    ])
  func checkTables(change: String) throws {
    let store = try file.open()
    try store.database.run(change)
    #expect(try store.checkAll { _, _ in }.findings != [])
  }

  // MARK: The log

  @Test("A damaged log is a store that went back: everything up to some commit is there, and nothing behind it")
  func log() throws {
    let store = try file.open()
    var states: [[String]] = [try store.texts()]
    for number in 1...4 as ClosedRange<UInt64> {
      try store.commit { $0.received = [batch(200, number, ["commit \(number)"])] }
      states.append(try store.texts())
    }
    let log = try #require(TextFile.bytes(file.path + "-wal"))
    // The log has room for the next commits: zeros, which are no part of it.
    #expect(log.count == 64 << 10)
    let used = try #require(log.lastIndex { $0 != 0 }) + 1
    let copy = try StoreFile()
    var seen: Set<Int> = []
    for offset in Array(stride(from: 0, to: used, by: 311)) + [used, log.count - 1] {
      var changed = log
      changed[offset] ^= 4
      copy.replace(file.bytes)
      _ = copy.directory.write(changed, to: "store.sqlite-wal")
      let texts = try copy.open().texts()
      let state = try #require(states.firstIndex(of: texts), "byte \(offset)")
      if offset < used { seen.insert(state) } else { #expect(state == 4, "byte \(offset)") }
    }
    #expect(seen == [0, 1, 2, 3])
  }

  @Test("A log that grows, is moved into the file and grows again has every commit, at whatever moment its end comes")
  func growingLog() throws {
    let store = try file.open()
    let copy = try StoreFile()
    var sizes: [Int] = []
    for number in 1...400 as ClosedRange<UInt64> {
      try store.commit { $0.received = [batch(200, number, ["commit \(number)"])] }
      guard number < 5 || number % 33 == 0 else { continue }
      // A killed program leaves what is on the disk now.
      copy.replace(file.bytes)
      let log = try #require(TextFile.bytes(file.path + "-wal", atMost: 16 << 20))
      _ = copy.directory.write(log, to: "store.sqlite-wal")
      #expect(try copy.open().texts() == (try store.texts()), "commit \(number)")
      if sizes.last != log.count { sizes.append(log.count) }
    }
    #expect(sizes.allSatisfy { $0 % (64 << 10) == 0 } && sizes.count > 3 && sizes == sizes.sorted(), "\(sizes)")
    #expect(try store.checkAll { _, _ in }.findings == [])
  }
}
