import ChatProtocol
import Glibc
import TestSupport
import Testing

@testable import MessageStore

/// A disk on which a write fails, each in turn. A change is wholly there or wholly absent, the failure is reported, and
/// the store can be used as soon as writes succeed.
@Suite("A disk that fails", .serialized, .leavesNoDescriptor)
struct FailingDiskTests {
  /// The state of everything that a change touches.
  private func state(_ store: borrowing MessageStore) throws -> String {
    let record = try store.record(of: bob)
    return
      "\(try store.knownPeers().map(\.lastMetAt)) \(record.written) \(record.acknowledged) \(record.committed) "
      + "\(try store.all(store.history(of: bob)).map(\.string))"
  }

  private func before(_ store: borrowing MessageStore) throws {
    try store.add(peer("bob", 1), ifNameIsTaken: .refused)
    try store.commit { $0.accepted = [batch(2, 1, ["one", "two"])] }
  }

  private func change(_ store: borrowing MessageStore) throws {
    try store.commit(keepsHistory: false) {
      $0.acknowledged = [Incarnation(2): 1]
      $0.accepted = [batch(2, 3, (0..<200).map { "a line to write \($0)" })]
      $0.received = [batch(7, 1, ["hello"])]
    }
  }

  @Test(
    "A commit that fails changes nothing, wherever it fails",
    arguments: [(ENOSPC, 1), (ENOSPC, Int.max), (EIO, 1)])
  func commit(code: CInt, count: Int) throws {
    let undisturbed = try StoreFile().open()
    try before(undisturbed)
    try change(undisturbed)
    let new = try state(undisturbed)
    var number = 1
    var failures = 0
    var hasFailed = true
    while hasFailed {
      let file = try StoreFile()
      let store = try file.open()
      try before(store)
      let old = try state(store)
      var reported: StoreFailure?
      hasFailed = FailingWrites.during(from: number, count: count, code: code) {
        reported = failure {
          try change(store)
          // The log is moved into the file, so that both are written to.
          try store.database.run("PRAGMA wal_checkpoint(PASSIVE)")
        }
      }
      if let reported {
        failures += 1
        let io =
          [.failed(reason: "disk I/O error"), .failed(reason: "Input/output error")]
          as [StoreFailure]
        #expect(code == ENOSPC ? reported == .full : io.contains(reported))
      }
      let after = try state(store)
      if after == old {
        #expect(reported != nil, "write \(number)")
        try change(store)
      }
      #expect(try state(store) == new)
      #expect(try state(file.open()) == new)
      #expect(try store.checkAll { _, _ in }.findings == [])
      number += 1
    }
    #expect(failures > 10)
  }

  @Test(
    "A migration that fails loses nobody, and is made up for",
    arguments: [("format-1.sqlite", ["Alice", "bob.smith-2"]), ("format-2.sqlite", ["bob"])])
  func migration(name: String, peers: [String]) throws {
    let vectors =
      "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"
    let vector = try #require(TextFile.bytes("\(vectors)/\(name)"))
    var number = 1
    var failures = 0
    var hasFailed = true
    while hasFailed {
      let file = try StoreFile()
      file.replace(vector)
      hasFailed = FailingWrites.during(from: number, count: .max, code: ENOSPC) {
        if let failure = failureToOpen(file) {
          failures += 1
          #expect(failure == .full)
        }
      }
      #expect(try file.open().knownPeers().map(\.name.description) == peers)
      #expect(try file.open().checkAll { _, _ in }.findings == [])
      number += 1
    }
    #expect(failures > 3)
  }
}
