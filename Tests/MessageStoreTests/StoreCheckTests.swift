import CSQLite
import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

@Suite("A check of the whole store", .serialized, .leavesNoDescriptor)
struct StoreCheckTests {
  private let file: StoreFile

  init() throws {
    file = try StoreFile()
    let store = try file.open()
    for peer in [bob, eve] {
      for turn in 1...5 as ClosedRange<UInt64> {
        try store.commit(peer, at: Int(turn)) {
          $0.accepted = [batch(turn, 1, (0..<20).map { "own \($0) of turn \(turn)" })]
          $0.received = [batch(turn, 1, (0..<20).map { "the peer's \($0) of turn \(turn)" })]
        }
        try store.commit(peer, at: Int(turn)) { $0.acknowledged = [Incarnation(turn): 20] }
      }
    }
    while try store.index(atMost: 100) {}
  }

  @Test("finds nothing while another program commits, deletes, forgets and fills the index")
  func whileAnotherWrites() throws {
    let store = try file.open()
    let other = try file.open()
    try other.add(peer("eve", 2), ifNameIsTaken: .refused)
    var turn = 0
    let check = try store.checkAll { _, _ in
      turn += 1
      let failed = failure {
        try other.commit(at: 100 + turn) { $0.received = [batch(9, UInt64(turn), ["new"])] }
        try other.deleteHistory(of: bob, before: turn)
        if turn == 3 { try other.forget("eve") }
        try other.index(atMost: 100)
      }
      #expect(failed == nil)
    }
    #expect(check == StoreCheck(messageCount: 400, findings: []))
    #expect(turn == 20)
    #expect(try store.texts().count < 200)
    #expect(try store.checkAll { _, _ in }.findings == [])
  }

  @Test("is no change: it goes on beside another program that writes, and holds none up")
  func besideWriter() throws {
    let store = try file.open()
    let other = try file.open()
    let transaction = try other.database.begin()
    #expect(try store.checkAll { _, _ in }.findings == [])
    try transaction.commit()
  }

  @Test("finds an index that is not whole", arguments: ["DELETE FROM words_data WHERE id > 10", "cut"])
  func index(change: String) throws {
    let cut = "UPDATE words_data SET block = substr(block, 1, length(block) / 2) WHERE id > 10"
    do {
      let database = try Database(path: file.path, lockTimeoutMilliseconds: 0)
      database.set(SQLITE_DBCONFIG_DEFENSIVE, false)
      try database.run(change == "cut" ? cut : change)
    }
    let store = try file.open()
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 400, findings: [.index]))
    // Each check begins anew.
    #expect(try store.checkAll { _, _ in }.findings == [.index])
  }
}
