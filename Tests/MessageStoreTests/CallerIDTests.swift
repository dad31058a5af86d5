import ChatProtocol
import TestSupport
import Testing

@testable import MessageStore

@Suite("The ids that programs give their messages", .opensDescriptors)
struct CallerIDTests {
  private let file: StoreFile

  init() throws { file = try StoreFile() }

  private func id(_ text: String) throws -> CallerID { try #require(CallerID(Array(text.utf8))) }
  private func name(_ incarnation: UInt64, _ number: UInt64) -> MessageName {
    MessageName(Incarnation(incarnation), number)
  }

  @Test("are 1 to 256 bytes of UTF-8 without NUL, and the same only if their bytes are")
  func form() throws {
    #expect(CallerID([]) == nil && CallerID([0x61, 0]) == nil && CallerID([0xC3]) == nil)
    #expect(CallerID(Array(repeating: 0x61, count: 256)) != nil && CallerID(Array(repeating: 0x61, count: 257)) == nil)
    #expect(try id("é") != id("e\u{301}") && "é" == "e\u{301}")
    #expect(try id("a\nb").text == "a\nb")
  }

  @Test("are known once their messages are, in another opening of the file too, and for their own peer only")
  func known() throws {
    let (first, second) = (try id("first"), try id("second"))
    do {
      let store = try file.open()
      #expect(try store.message(first, for: bob) == nil)
      try store.commit {
        $0.accepted = [batch(7, 1, ["one", "two", "three"])]
        $0.callerIDs = [name(7, 1): first, name(7, 3): second]
      }
    }
    let store = try file.open()
    #expect(try store.message(first, for: bob) == name(7, 1) && store.message(second, for: bob) == name(7, 3))
    #expect(try store.message(first, for: eve) == nil)
    #expect(try !store.isAcknowledged(name(7, 1), by: bob) && store.waitingCount(for: bob) == 3)
    try store.commit { $0.acknowledged = [Incarnation(7): 2] }
    #expect(try store.isAcknowledged(name(7, 2), by: bob) && !store.isAcknowledged(name(7, 3), by: bob))
    #expect(try store.waitingCount(for: bob) == 1 && store.waitingCount(for: eve) == 0)
  }

  @Test("outlive the texts, and are gone with the peer")
  func outlive() throws {
    let store = try file.open()
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
    let known = try id("x")
    try store.commit(keepsHistory: false) {
      $0.accepted = [batch(7, 1, ["one"])]
      $0.callerIDs = [name(7, 1): known]
    }
    try store.commit(keepsHistory: false) { $0.acknowledged = [Incarnation(7): 1] }
    #expect(try store.texts() == [] && store.message(known, for: bob) == name(7, 1))
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 0))
    #expect(try store.forget("bob").waitingCount == 0)
    #expect(try store.message(known, for: bob) == nil)
    #expect(try store.checkAll { _, _ in } == StoreCheck(messageCount: 0))
  }

  @Test("are used once: a second message under one is refused as a whole")
  func once() throws {
    let store = try file.open()
    let known = try id("x")
    try store.commit {
      $0.accepted = [batch(7, 1, ["one"])]
      $0.callerIDs = [name(7, 1): known]
    }
    let second = failure {
      try store.commit {
        $0.accepted = [batch(7, 2, ["two"])]
        $0.callerIDs = [name(7, 2): known]
      }
    }
    #expect(second != nil)
    #expect(try store.texts() == ["one"])
    let other = try id("y")
    let unnamed = failure {
      try store.commit {
        $0.accepted = [batch(7, 2, ["two"])]
        $0.callerIDs = [name(7, 9): other]
      }
    }
    #expect(unnamed == .changedMeanwhile)
  }

  @Test("of messages that wait are never forgotten; of those that the peer has, the oldest are")
  func forgotten() throws {
    let store = try file.open()
    let (one, two, last) = (try id("one"), try id("two"), try id("last"))
    try store.commit { changes in
      changes.accepted = [batch(7, 1, ["one", "two"])]
      changes.callerIDs = [name(7, 1): one, name(7, 2): two]
    }
    try store.commit { $0.acknowledged = [Incarnation(7): 1] }
    let many = Array(repeating: "x", count: MessageStore.callerIDsKept + 1)
    try store.commit { $0.accepted = [batch(7, 3, many)] }
    let newest = UInt64(many.count) + 2
    try store.commit { changes in
      changes.accepted = [batch(7, newest + 1, ["last"])]
      changes.callerIDs = [name(7, newest + 1): last]
    }
    #expect(try store.message(one, for: bob) == nil)
    #expect(try store.message(two, for: bob) == name(7, 2))
    #expect(try store.message(last, for: bob) == name(7, newest + 1))
    #expect(try store.checkAll { _, _ in }.findings == [])
  }

  @Test("that are not as they were written are noticed")
  func damaged() throws {
    let store = try file.open()
    let known = try id("x")
    try store.commit {
      $0.accepted = [batch(7, 1, ["one", "two"])]
      $0.callerIDs = [name(7, 1): known]
    }
    try store.database.run("UPDATE caller_ids SET number = 2")
    #expect(failure { _ = try store.message(known, for: bob) } == .damaged)
    #expect(try store.checkAll { _, _ in }.findings == [.conversation(with: bob), .tables])
  }
}
