import Basics
import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

/// Texts and secrets that are gone from the tables. Another program has the store open all the while, so closing it
/// moves nothing.
@Suite("Forgotten texts and secrets", .serialized, .leavesNoDescriptor)
final class ForgettingTests {
  private let file: StoreFile
  private let store: MessageStore
  private let other: MessageStore
  private let text = "qxzqxzqxz"

  init() throws {
    file = try StoreFile()
    store = try file.open()
    other = try file.open()
    _ = try other.knownPeers()
  }

  private var log: [UInt8] { TextFile.bytes(file.path + "-wal", atMost: 16 << 20) ?? [] }

  /// Whether a text or a part of it stands in a file of the store.
  private func remains(_ bytes: [UInt8]) -> Bool {
    [file.bytes[...], log[...]].contains { content in
      var start = 0
      while let found = ByteScan.firstIndex(of: bytes[0], in: content, from: start) {
        if content[found...].starts(with: bytes) { return true }
        start = found + 1
      }
      return false
    }
  }

  private var mayHoldForgotten: Bool { store.mayHoldForgotten }

  private var remains: Bool { remains(Array("qxzqxz".utf8)) }

  @Test("A text that is not kept is in no file once the log is emptied", arguments: [false, true])
  func noHistory(isOwn: Bool) throws {
    try store.commit(keepsHistory: false) {
      if isOwn { $0.accepted = [batch(2, 1, [text])] } else { $0.received = [batch(2, 1, [text])] }
    }
    try store.eraseForgotten()
    #expect(remains, "It waits.")
    try store.commit(keepsHistory: false) {
      if isOwn {
        $0.acknowledged = [Incarnation(2): 1]
      } else {
        $0.shown = [MessageRun(Incarnation(2), first: 1, count: 1)]
      }
    }
    #expect(remains, "The log has it.")
    try store.eraseForgotten()
    #expect(!remains)
    #expect(!mayHoldForgotten)
  }

  @Test("A message that is taken back is in no file once the log is emptied")
  func withdrawn() throws {
    try store.eraseForgotten()
    try store.commit { $0.accepted = [batch(2, 1, [text])] }
    #expect(!mayHoldForgotten)
    try store.commit { $0.withdrawn = [MessageName(Incarnation(2), 1)] }
    #expect(remains)
    try store.eraseForgotten()
    #expect(!remains)
  }

  @Test("A history that is deleted is in no file at once, nor are its words")
  func deleted() throws {
    try store.eraseForgotten()
    try store.commit { $0.received = [batch(7, 1, [text, "stays"])] }
    while try store.index(atMost: 100) {}
    #expect(remains)
    try store.deleteHistory(of: bob, before: nil)
    #expect(!remains && !remains(Array("zqx".utf8)))
  }

  @Test("A peer that is forgotten is in no file at once, and neither is a secret that was replaced")
  func peers() throws {
    try store.eraseForgotten()
    let peer = peer("bob", 1)
    try store.add(peer, ifNameIsTaken: .refused)
    try store.commit { $0.accepted = [batch(2, 1, [text])] }
    #expect(remains && remains(peer.meetingSecret))
    let secret = Array(40..<72) as [UInt8]
    try store.replaceMeetingSecret(of: peer.fingerprint, with: secret)
    #expect(!remains(peer.meetingSecret) && remains(secret))
    try store.forget("bob")
    #expect(!remains && !remains(secret) && !remains(peer.fingerprint))
  }

  @Test("A page of the file has nothing but zeros where no row is, whatever rows were there before it was divided")
  func gaps() throws {
    var dice = Dice(seed: 3)
    for number in 1...150 as ClosedRange<UInt64> {
      let long = String(repeating: "\(number) ", count: Int.random(in: 1...60, using: &dice))
      try store.commit {
        $0.accepted = [batch(2, number, [long])]
        $0.received = [batch(7, number, [long])]
      }
    }
    while try store.index(atMost: 50) {}
    try store.deleteHistory(of: eve, before: nil)
    let bytes = file.bytes
    var (trees, used) = (0, 0)
    for start in stride(from: 0, to: bytes.count, by: 4096) {
      let header = start + (start == 0 ? 100 : 0)
      guard let fixed = [2: 12, 5: 12, 10: 8, 13: 8][bytes[header]] else { continue }
      func number(_ offset: Int) -> Int { Int(bytes[header + offset]) << 8 | Int(bytes[header + offset + 1]) }
      trees += 1
      used += number(3)
      let gap = header + fixed + 2 * number(3)..<start + number(5)
      #expect(bytes[gap].allSatisfy { $0 == 0 }, "page \(start / 4096 + 1)")
    }
    #expect(trees > 20 && used > 300)
  }

  @Test("A file with pages that are a map of the others stays whole")
  func pagesOfAMap() throws {
    let memory = try Database()
    memory.reserveChecksums()
    try memory.run("PRAGMA auto_vacuum = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB)")
    var bytes = memory.fileBytes
    Checksum.seal(&bytes)
    let mapped = try StoreFile()
    mapped.replace(bytes)
    let database = try Database(path: mapped.path, lockTimeoutMilliseconds: 0)
    // The second map begins with the kind of a page of rows.
    try database.run(
      """
      WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < 6000)
      INSERT INTO rows SELECT i, zeroblob(900) FROM number;
      DELETE FROM rows WHERE id % 3 = 0
      """)
    let other = try Database(path: mapped.path, lockTimeoutMilliseconds: 0)
    let check = try other.prepare("PRAGMA integrity_check")
    #expect(try check.step())
    #expect(try check.text(0) == "ok")
  }

  @Test("While another program reads, the log stays; it is emptied by the next call, or by the check that read")
  func reader() throws {
    try store.commit { $0.received = [batch(7, 1, [text])] }
    try other.database.reading { () throws(StoreFailure) in
      #expect(try other.conversation(bob) != nil)
      #expect(try store.deleteHistory(of: bob, before: nil) == 1)
      try store.eraseForgotten()
    }
    #expect(mayHoldForgotten && remains)
    try store.eraseForgotten()
    #expect(!mayHoldForgotten && !remains)

    try store.commit { $0.received = [batch(7, 2, [text])] }
    var failed: StoreFailure?
    _ = try other.checkAll { _, _ in failed = failed ?? failure { try store.deleteHistory(of: bob, before: nil) } }
    #expect(failed == nil && mayHoldForgotten && !remains)
  }

  @Test("A store that was opened anew empties a log that a killed program left")
  func killed() throws {
    try store.commit { $0.received = [batch(7, 1, [text])] }
    try store.database.run("DELETE FROM messages")
    let copy = try StoreFile()
    copy.replace(file.bytes)
    _ = copy.directory.write(log, to: "store.sqlite-wal")
    let opened = try copy.open()
    let beside = try copy.open()
    _ = try beside.knownPeers()
    try opened.eraseForgotten()
    let left = [copy.bytes, TextFile.bytes(copy.path + "-wal") ?? []]
    #expect(!left.contains { String(decoding: $0, as: UTF8.self).contains("qxz") })
  }

  @Test("An emptied log begins with a page of which nothing is forgotten, has room for the next commits, and goes on")
  func emptied() throws {
    for number in 1...300 as ClosedRange<UInt64> {
      try store.commit { $0.received = [batch(7, number, ["\(number)"])] }
    }
    #expect(log.count > 64 << 10)
    let before = try store.texts()
    try store.deleteHistory(of: eve, before: nil)
    #expect(log.count == 64 << 10 && log[0] != 0)
    #expect(log.dropFirst(32 + 24 + 4096).allSatisfy { $0 == 0 })
    // A killed program leaves what is on the disk now.
    let copy = try StoreFile()
    copy.replace(file.bytes)
    _ = copy.directory.write(log, to: "store.sqlite-wal")
    #expect(try copy.open().texts() == before)
    try store.commit { $0.received = [batch(7, 301, ["301"])] }
    try other.commit { $0.received = [batch(7, 302, ["302"])] }
    try store.commit { $0.received = [batch(7, 303, ["303"])] }
    #expect(log.count == 64 << 10)
    #expect(try store.texts() == before + ["301", "302", "303"])
    #expect(try other.checkAll { _, _ in } == StoreCheck(messageCount: 303))
  }
}
