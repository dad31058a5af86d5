import ChatProtocol
import MessageStore

/// An outbox in which each message is of an opening of its own, as single hand-overs leave it.
struct Openings {
  let path: String

  private static let count = 10_000

  func measure() throws {
    let count = Openings.count
    try MessageStore(path: path).commit(accepting(1...UInt64(count)), of: StoreBench.peer, keepsHistory: true)
    let name = "10,000 waiting, each of its own opening"
    var record = ConversationRecord()
    let opening = try milliseconds { record = try MessageStore(path: path).record(of: StoreBench.peer) }
    row("\(name): opened, ms", rounded(opening))
    let next = UInt64(count) + 1
    let handing = try milliseconds {
      let store = try MessageStore(path: path)
      try store.commit(accepting(next...next), of: StoreBench.peer, keepsHistory: true)
      guard try store.waitingCount(for: StoreBench.peer) == count + 1 else { fatalError("one does not wait") }
    }
    row("\(name): one more handed over, ms", rounded(handing))
    let store = try MessageStore(path: path)
    let delivering = try milliseconds {
      var rest = record.written[...]
      while !rest.isEmpty {
        let batches = try store.texts(of: StoreBench.peer, rest.prefix(1_000), atMost: 256 << 10)
        var changes = ConversationChanges(now: 1_795_000_000)
        for batch in batches { changes.acknowledged[batch.first.incarnation] = 1 }
        try store.commit(changes, of: StoreBench.peer, keepsHistory: true)
        rest = rest.dropFirst(batches.count)
      }
    }
    row("\(name): read and acknowledged, messages a second", Int(Double(count) / delivering * 1000))
  }

  private func accepting(_ openings: ClosedRange<UInt64>) -> ConversationChanges {
    var changes = ConversationChanges(now: 1_795_000_000)
    changes.accepted = openings.map { opening in
      MessageBatch(
        first: MessageName(Incarnation(opening), 1), count: 1, writtenAt: 1_795_000_000,
        lines: Array("one line of a script that hands over each by itself\n".utf8)[...])
    }
    return changes
  }
}
