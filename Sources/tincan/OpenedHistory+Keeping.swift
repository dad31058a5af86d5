import Basics
import ChatEndpoint
import ChatProtocol
import MessageStore
import Sockets

// Deleting, and checking that all is as it was written.
extension OpenedHistory {
  /// Deletes messages of the conversation with the peer, and prints how many.
  /// - Parameters:
  ///   - date: seconds since 1970-01-01 UTC: only what is older; nil for all.
  ///   - asks: whether a person has to agree.
  func delete(before date: Int?, asks: Bool) throws(ExitReason) {
    guard let peer else { preconditionFailure("--delete has a name") }
    if asks {
      guard StandardStreams.inputIsTerminal, StandardStreams.outputIsTerminal else {
        throw ExitReason(.usage, "nothing was deleted, as nobody can be asked", advice: "say --yes")
      }
      let what = date == nil ? "all messages" : "these messages"
      try CommandOutput.write("delete \(what) of you and \(peer.name) from this machine? y(es) or n(o), then Enter: ")
      guard ["y", "yes"].contains(readLine()?.lowercased()) else {
        return try CommandOutput.write("Nothing was deleted.\n")
      }
    }
    let (count, copy) = try Submission.withConversation(of: peer, storePath: path) { () throws(ExitReason) in
      try using { store throws(StoreFailure) in
        (try store.deleteHistory(of: peer.fingerprint, before: date), store.sentenceAboutCopy)
      }
    }
    let waiting = try waitingCount(for: peer)
    let waits = waiting.counted("that waits for \(peer.name) stays", "that wait for \(peer.name) stay")
    let stay = waiting == 0 ? "" : "; \(waits)"
    try CommandOutput.write("\(count.counted("message was", "messages were")) deleted\(stay).\(copy)\n")
  }

  /// Reads everything, and prints what is not as it was written.
  /// - Throws: the reason to end with, if anything is damaged.
  func check() throws(ExitReason) {
    let showsProgress = StandardStreams.errorIsTerminal
    let found = try using { store throws(StoreFailure) in
      try store.checkAll { read, all in
        if showsProgress { StandardError.write("\r\(read) of \(all) messages read") }
      }
    }
    // Goes to the beginning of the row, and clears it.
    if showsProgress { StandardError.write("\r\u{1B}[K") }
    guard !found.findings.isEmpty else {
      let messages = found.messageCount.counted("message", "messages")
      return try CommandOutput.write("\(messages) read: everything is as it was written.\n")
    }
    let renderer = renderer(.text)
    let more = found.findings.count == StoreCheck.findingsMax ? "and perhaps more\n" : ""
    try CommandOutput.write(found.findings.map { "damaged: \($0.sentence(renderer))\n" }.joined() + more)
    _ = try using { _ throws(StoreFailure) in throw .damaged }
  }
}

extension MessageStore {
  /// The sentence about a copy of what was deleted, with a space before it; empty if there is none.
  var sentenceAboutCopy: String {
    mayHoldForgotten ? " Another tincan reads: a copy may stay in store.sqlite-wal until none is running." : ""
  }
}

extension StoreCheck.Finding {
  fileprivate func sentence(_ renderer: HistoryRenderer) -> String {
    switch self {
    case .knownPeers: "the list of those who are known"
    case .conversations: "the list of conversations"
    case .conversation(let peer): "what is kept of the conversation with \(renderer.label(of: peer))"
    case .message(let name, let isOwn, let peer):
      "message \(name.number) \(isOwn ? "to" : "from") \(renderer.label(of: peer))"
    case .index: "the index for searching"
    case .tables: "the tables hold more or less than the conversations have"
    }
  }
}
