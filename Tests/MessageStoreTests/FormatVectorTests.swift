import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

@Suite("A store of the second format, as an earlier build made it", .opensDescriptors)
struct FormatVectorTests {
  private let file: StoreFile
  private let vectors = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"
  /// When its first message was accepted: 18 November 2026, 12:00 UTC.
  private let noon = 1_795_003_200

  init() throws {
    file = try StoreFile()
    file.replace(try #require(TextFile.bytes("\(vectors)/history.sqlite")))
  }

  @Test("is read as it was written: the peers, what was said, and how far both ends are")
  func read() throws {
    let store = try file.open()
    #expect(try store.knownPeers().map(\.name.description) == ["bob", "eve"])
    let said = try store.all(store.history(of: bob))
    #expect(
      said.map(\.string)
        == ["hello bob", "héllo 👋 \u{1B}[31m", "I wrote this before", "the walrus\nis in the garden", ""])
    #expect(said.map { $0.time - noon } == [0, 60, 60, 86_400, 86_400])
    #expect(said.map(\.isOwn) == [true, false, false, true, true])
    #expect(said.map(\.isWaiting) == [false, false, false, true, true])
    #expect(said.map(\.isWithdrawn) == [false, false, false, false, true])
    #expect(said[2].writtenAt == noon - 3600)
    var expected = ConversationRecord(
      written: [MessageRun(Incarnation(7), first: 1, count: 3)], acknowledged: [Incarnation(7): 1],
      newest: MessageName(Incarnation(7), 1), committed: [Incarnation(8): 2])
    expected.withdrawn = [MessageName(Incarnation(7), 3)]
    #expect(try store.record(of: bob) == expected)
    #expect(try store.waitingCount(for: bob) == 1)
  }

  @Test("is searched with its index, goes on, and is whole")
  func goesOn() throws {
    let store = try file.open()
    #expect(try store.found("walrus", of: nil) == ["the walrus\nis in the garden", "a walrus for alice"])
    try store.commit(eve) { $0.received = [batch(9, 2, ["another walrus"])] }
    #expect(try store.found("walrus", of: eve) == ["another walrus", "a walrus for alice"])
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 8))
  }
}

@Suite("A store of the third format, as an earlier build made it", .opensDescriptors)
struct Format3VectorTests {
  @Test("is read as it was written, with the ids of programs, and goes on")
  func read() throws {
    let file = try StoreFile()
    let vectors = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"
    file.replace(try #require(TextFile.bytes("\(vectors)/format-3.sqlite")))
    #expect(file.bytes[60..<64].elementsEqual([0, 0, 0, 3]), "the user version in SQLite's header")
    let store = try file.open()
    let id = try #require(CallerID(Array("job-17".utf8)))
    #expect(try store.message(id, for: bob) == MessageName(Incarnation(7), 4))
    #expect(try store.texts().suffix(3) == ["", "from a queue", "and one more"])
    #expect(try store.record(of: bob).written == [MessageRun(Incarnation(7), first: 1, count: 5)])
    try store.commit { $0.accepted = [batch(7, 6, ["and on"])] }
    #expect(try store.texts().last == "and on")
    #expect(try store.checkAll { _, _ in }.findings == [])
  }
}
