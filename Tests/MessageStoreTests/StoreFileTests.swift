import ChatProtocol
import Glibc
import TestSupport
import Testing

@testable import MessageStore

@Suite("The file of the store", .serialized, .leavesNoDescriptor)
struct StoreFileTests {
  private let file: StoreFile

  init() throws { file = try StoreFile() }

  private func value(_ pragma: String, _ store: borrowing MessageStore) throws -> String {
    let row = try store.database.prepare("SELECT CAST(\(pragma) AS TEXT) FROM pragma_\(pragma)")
    #expect(try row.step())
    return try row.text(0)
  }

  @Test("Every connection syncs each commit and overwrites what is deleted")
  func settings() throws {
    let store = try MessageStore(path: file.path)
    #expect(try value("journal_mode", store) == "wal")
    #expect(try value("synchronous", store) == "2")
    #expect(try value("secure_delete", store) == "1")
    let timeout = try store.database.prepare("SELECT timeout FROM pragma_busy_timeout")
    #expect(try timeout.step())
    #expect(try timeout.integer(0) == MessageStore.lockTimeoutMilliseconds)
  }

  @Test("After a meeting was noted, commits are synced as before, whatever became of the note")
  func syncAfterMeeting() throws {
    let store = try MessageStore(path: file.path, lockTimeoutMilliseconds: 0)
    let known = peer("bob", 1)
    try store.add(known, ifNameIsTaken: .refused)
    #expect(try store.noteMet(known.fingerprint, at: 5, address: nil, relay: nil))
    #expect(try value("synchronous", store) == "2")
    #expect(try !store.noteMet(eve, at: 5, address: nil, relay: nil))
    #expect(try value("synchronous", store) == "2")
    let other = try file.open()
    let transaction = try other.database.begin()
    #expect(failure { try store.noteMet(known.fingerprint, at: 6, address: nil, relay: nil) } == .busy)
    _ = consume transaction
    #expect(try value("synchronous", store) == "2")
  }

  @Test("A new store needs no change before its first use")
  func unchanged() throws {
    let before = file.bytes
    _ = try file.open().knownPeers()
    #expect(file.bytes == before)
    #expect(file.directory.names == ["store.sqlite"])
  }

  @Test("The files beside it have the permissions of the store")
  func permissions() throws {
    let before = umask(0)
    defer { umask(before) }
    chmod(file.path, 0o600)
    let store = try file.open()
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
    for ending in ["", "-wal", "-shm"] {
      var status = stat()
      #expect(lstat(file.path + ending, &status) == 0)
      #expect(status.st_mode == S_IFREG | 0o600)
    }
    try store.forget("bob")
  }

  @Test("A name that looks like a URI is a path")
  func uri() throws {
    #expect(failure { _ = try MessageStore(path: "file:\(file.path)") } == .missing)
  }

  @Test("A store of the first format is read, and what it is written in does not change unnoticed")
  func firstFormat() throws {
    let vectors = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"
    let vector = try #require(TextFile.bytes("\(vectors)/format-1.sqlite"))
    file.replace(vector)
    let alice = KnownPeer(
      name: try #require(PeerName("Alice")), fingerprint: Array(1...32), metAt: 1_795_694_400, met: .directly,
      lastMetAt: 1_795_780_800, meetingSecret: Array(101...132), address: "alice.example:8462")
    let bob = KnownPeer(
      name: try #require(PeerName("bob.smith-2")), fingerprint: Array(33...64), metAt: 1_795_000_000, met: .atRelay,
      lastMetAt: 1_795_000_060, meetingSecret: Array(133...164), relay: "relay.example:8463")
    #expect(try file.open().knownPeers() == [alice, bob])
    func tables(_ database: borrowing Database) throws -> [String] {
      let rows = try database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
      var tables: [String] = []
      while try rows.step() { tables.append(try rows.text(0)) }
      return tables
    }
    #expect(try tables(file.open().database) == tables(StoreFile().open().database))
  }

  @Test("A store of the second format is read: peers, records, texts, and the index")
  func secondFormat() throws {
    let vectors = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"
    file.replace(try #require(TextFile.bytes("\(vectors)/format-2.sqlite")))
    let store = try file.open()
    #expect(try store.knownPeers() == [peer("bob", 1)])
    var record = ConversationRecord(
      written: [MessageRun(Incarnation(2), first: 1, count: 3), MessageRun(Incarnation(3), first: 1, count: 1)],
      acknowledged: [Incarnation(2): 2], newest: MessageName(Incarnation(2), 2), committed: [Incarnation(.max): 5])
    record.withdrawn = [MessageName(Incarnation(2), 3)]
    #expect(try store.record(of: bob) == record)
    #expect(try store.texts() == ["one", "two\nlines", "", "seen at once", "hello 漢字", "four"])
    #expect(try store.all(store.history(of: bob)).map(\.isWithdrawn) == [false, false, true, false, false, false])
    #expect(try store.notShown(of: bob, atMost: 10).map(\.string) == ["hello 漢字"])
    let rows = try store.database.prepare("SELECT count(*) FROM words WHERE words MATCH '\"lines\"'")
    #expect(try rows.step())
    #expect(try rows.integer(0) == 1)
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 6, findings: []))
  }

  // MARK: Files that are no store of this version

  @Test("There must be a file: it is not made, and neither is one beside it")
  func missing() {
    unlink(file.path)
    #expect(failureToOpen(file) == .missing)
    #expect(file.directory.names == [])
  }

  @Test("A store of a newer version is refused by its number, and not changed")
  func newer() throws {
    try file.open().database.run("PRAGMA user_version = 7")
    let before = file.bytes
    #expect(failureToOpen(file) == .newer(format: 7))
    #expect(file.bytes == before)
  }

  @Test("A database of another program is refused, and not changed")
  func foreign() throws {
    let database = try Database()
    try database.run("CREATE TABLE known_peers (name); PRAGMA user_version = 1")
    file.replace(database.fileBytes)
    let before = file.bytes
    #expect(failureToOpen(file) == .foreign)
    #expect(file.bytes == before)
  }

  @Test("A file that is empty, cut short or no database at all is damaged, and not changed")
  func damaged() throws {
    try file.open().add(peer("bob", 1), ifNameIsTaken: .refused)
    let whole = file.bytes
    for size in Set(stride(from: 0, to: whole.count, by: 512) + [1, 15, 16, 99, 100, whole.count - 1]) {
      file.replace(Array(whole[..<size]))
      #expect(failureToOpen(file) == .damaged, "\(size) of \(whole.count) bytes")
      #expect(file.bytes == Array(whole[..<size]))
    }
    file.replace(Array(repeating: UInt8(ascii: "x"), count: 10_000))
    #expect(failureToOpen(file) == .damaged)
  }

  @Test(
    "A table or a row that is not as it was made is damage",
    arguments: [
      "DROP TABLE known_peers", "ALTER TABLE known_peers RENAME COLUMN met TO how", "PRAGMA user_version = 0",
      "PRAGMA ignore_check_constraints = 1; UPDATE known_peers SET fingerprint = x'00'",
      "UPDATE known_peers SET name = 'a b'", "UPDATE known_peers SET name = 'rob'",
      "UPDATE known_peers SET met = 'by letter'", "UPDATE known_peers SET met = 'relay'",
      "UPDATE known_peers SET met_at = 1", "UPDATE known_peers SET last_met_at = 1",
      "UPDATE known_peers SET fingerprint = zeroblob(32)", "UPDATE known_peers SET meeting_secret = zeroblob(32)",
      "UPDATE known_peers SET address = 'host:1'", "UPDATE known_peers SET relay = NULL",
      "UPDATE known_peers SET relay = ''", "UPDATE known_peers SET checksum = 0",
    ])
  func otherTables(change: String) throws {
    try file.open().add(peer("bob", 1), ifNameIsTaken: .refused)
    #expect(failureToOpen(file) == nil)
    try file.open().database.run(change)
    #expect(failureToOpen(file) == .damaged)
  }

  @Test("With a wrong byte anywhere, the file is refused as it is, or can be used")
  func wrongBytes() throws {
    for byte in 1...10 as ClosedRange<UInt8> {
      try file.open().add(peer("bob", byte), ifNameIsTaken: .numbered)
    }
    let whole = file.bytes
    var dice = Dice(seed: 7)
    var refusals = 0
    for offset in Array(0..<256) + (0..<150).map({ _ in Int.random(in: 256..<whole.count, using: &dice) }) {
      var changed = whole
      changed[offset] ^= UInt8.random(in: 1...255, using: &dice)
      file.replace(changed)
      guard let failure = failureToOpen(file) else { continue }
      refusals += 1
      switch failure {
      case .damaged, .foreign, .newer, .readOnly: break
      default: Issue.record("byte \(offset): \(failure)")
      }
      #expect(file.bytes == changed)
    }
    #expect(refusals > 50)
  }

  // MARK: Other programs

  @Test("A change of another program is seen once it is committed, and before that the state before")
  func readsBesideWriter() throws {
    let one = try file.open()
    let other = try file.open()
    try one.add(peer("bob", 1), ifNameIsTaken: .refused)
    #expect(try other.knownPeers() == [peer("bob", 1)])
    do {
      let transaction = try one.database.begin()
      try one.database.change("DELETE FROM known_peers", [])
      #expect(try other.knownPeers() == [peer("bob", 1)])
      try transaction.commit()
    }
    #expect(try other.knownPeers() == [])
  }

  @Test("Two do not write at once: the second waits, for a time, and what it would have done is undone")
  func busy() throws {
    let one = try file.open()
    let other = try file.open()
    do {
      let transaction = try one.database.begin()
      // Its answers must be true until it writes, so it is refused before it reads.
      #expect(failure { _ = try other.database.begin() } == .busy)
      #expect(failure { try other.add(peer("bob", 1), ifNameIsTaken: .refused) } == .busy)
      #expect(failure { _ = try other.noteMet([], at: 1, address: nil, relay: nil) } == .busy)
      try transaction.commit()
    }
    try other.add(peer("bob", 1), ifNameIsTaken: .refused)
  }

  @Test("A transaction that is not committed leaves nothing")
  func rolledBack() throws {
    let store = try file.open()
    do {
      let transaction = try store.database.begin()
      try KnownPeer.insert(peer("bob", 1), into: store.database)
      #expect(try store.knownPeers().count == 1)
      _ = consume transaction
    }
    #expect(try store.knownPeers() == [])
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
  }

  @Test("A store that cannot grow says so, keeps what it has, and goes on when there is room")
  func full() throws {
    let store = try file.open()
    try store.database.run("PRAGMA max_page_count = \(file.bytes.count / 4096 + 4)")
    var known = 0
    let failure = failure {
      for byte in 0...255 as ClosedRange<UInt8> {
        try store.add(peer("bob", byte), ifNameIsTaken: .numbered)
        known += 1
      }
    }
    #expect(failure == .full)
    #expect(try store.knownPeers().count == known)
    try store.database.run("PRAGMA max_page_count = 100")
    try store.add(peer("bob", 255), ifNameIsTaken: .numbered)
    #expect(try store.knownPeers().count == known + 1)
  }
}
