import ChatProtocol

/// The result of a check of the whole store.
public struct StoreCheck: Equatable, Sendable {
  /// Something that is not as it was written.
  public enum Finding: Equatable, Sendable {
    /// The known peers cannot be read.
    case knownPeers
    /// The list of conversations cannot be read.
    case conversations
    /// The tables of a conversation beside the messages do not fit together.
    case conversation(with: [UInt8])
    /// A message is not what was written, or is missing.
    case message(MessageName, isOwn: Bool, peer: [UInt8])
    /// The index for searching is not whole.
    case index
    /// The tables hold more or less than the conversations have.
    case tables
  }

  /// How many messages were read.
  public internal(set) var messageCount = 0
  /// The findings, at most ``findingsMax``.
  public internal(set) var findings: [Finding] = []

  /// The most findings that are noted. After that many, it is known what the store is like.
  public static let findingsMax = 100

  mutating func note(_ finding: Finding) {
    if findings.count < StoreCheck.findingsMax { findings.append(finding) }
  }
}

extension MessageStore {
  /// Reads everything: verifies every checksum, and that the tables fit together.
  ///
  /// Other programs may write meanwhile. So everything is read in one transaction: counts of two moments would not fit
  /// together. As long as it lasts, the log has all that others commit, and none of it is overwritten. It grows by that
  /// much, which for people who type is little, and a later commit begins it anew.
  /// - Parameter progress: called now and then with the number of messages that were read, and of all.
  /// - Throws: a failure of the file other than ``StoreFailure/damaged``, which is a finding.
  public func checkAll(_ progress: (_ read: Int, _ all: Int) -> Void) throws(StoreFailure) -> StoreCheck {
    let check = try database.reading { () throws(StoreFailure) in
      var check = try checkTables(progress)
      try check.noting(.index) { () throws(StoreFailure) in try checkIndex() }
      return check
    }
    // Others could not empty the log meanwhile, and may have nothing more to do for days.
    if check.findings.isEmpty { try? eraseForgotten() }
    return check
  }

  private func checkTables(_ progress: (_ read: Int, _ all: Int) -> Void) throws(StoreFailure) -> StoreCheck {
    var check = StoreCheck()
    try check.noting(.knownPeers) { () throws(StoreFailure) in _ = try knownPeers() }
    var conversations: [ConversationRow] = []
    try check.noting(.conversations) { () throws(StoreFailure) in conversations = try self.conversations(with: nil) }
    var all = 0
    try check.noting(.tables) { () throws(StoreFailure) in all = try count("messages") }
    var (messageCount, runCount, idCount) = (0, 0, 0)
    for conversation in conversations {
      try check.noting(.conversation(with: conversation.fingerprint)) { () throws(StoreFailure) in
        idCount += try checkCallerIDs(of: conversation.own)
      }
      for direction in [conversation.own, conversation.peer] {
        var runs: [StoredRun] = []
        try check.noting(.conversation(with: conversation.fingerprint)) { () throws(StoreFailure) in
          runs = try database.runs(of: direction)
          try checkOrder(runs, direction, conversation)
        }
        runCount += runs.count
        messageCount += runs.reduce(0) { $0 + $1.count }
        var checker = MessageChecker(direction, peer: conversation.fingerprint, check)
        for run in runs { try checker.check(run, self) { progress($0, all) } }
        check = checker.check
      }
    }
    try check.noting(.tables) { () throws(StoreFailure) in
      guard try count("messages") == messageCount, try count("runs") == runCount,
        try count("caller_ids") == idCount
      else { throw .damaged }
      let structure = try database.prepare("PRAGMA quick_check")
      guard try structure.step(), try structure.text(0) == "ok" else { throw .damaged }
    }
    return check
  }

  /// Goes through every word of the index, and every message that it names for one.
  ///
  /// FTS5 has a check of its own, which looks at the way to each word, too. But to SQLite that is a change: with a long
  /// history no other program could commit for seconds. The pages are verified by their checksums anyway.
  private func checkIndex() throws(StoreFailure) {
    // The end of the transaction undoes this.
    try database.run("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, words, 'row')")
    let sums = try database.prepare("SELECT sum(doc) FROM temp.vocabulary")
    _ = try sums.step()
  }

  private func count(_ table: String) throws(StoreFailure) -> Int {
    let row = try database.prepare("SELECT count(*) FROM \(table)")
    guard try row.step() else { throw .damaged }
    return try row.integer(0)
  }

  /// Checks that the runs of a direction are in order, and that the numbers of the conversation fit them.
  private func checkOrder(
    _ runs: [StoredRun], _ direction: Direction, _ conversation: ConversationRow
  ) throws(StoreFailure) {
    let reached = try database.reached(of: direction)
    var next: [Incarnation: UInt64] = [:]
    var end = direction.ids.lowerBound + 1
    for run in runs {
      let isCommitted = direction.isOwn || run.count == 0 || reached[run.incarnation] ?? 0 >= run.nextNumber - 1
      guard run.first >= end, run.number >= next[run.incarnation] ?? 1, isCommitted else { throw .damaged }
      end = run.end
      next[run.incarnation] = run.nextNumber
    }
    guard try database.indexedThrough(direction) < end else { throw .damaged }
    guard !direction.isOwn || conversation.acknowledgedPlace < end else { throw .damaged }
  }
}

extension StoreCheck {
  /// Notes a finding if `body` meets damage.
  fileprivate mutating func noting(_ finding: Finding, _ body: () throws(StoreFailure) -> Void) throws(StoreFailure) {
    do { try body() } catch .damaged { note(finding) }
  }
}

/// Reads the messages of one direction, in order.
private struct MessageChecker {
  private(set) var check: StoreCheck
  private let direction: Direction
  private let peer: [UInt8]
  private var position = 0

  /// How many messages are read between two calls for progress.
  private static let step = 10_000

  init(_ direction: Direction, peer: [UInt8], _ check: StoreCheck) {
    self.direction = direction
    self.peer = peer
    self.check = check
  }

  mutating func check(
    _ run: StoredRun, _ store: borrowing MessageStore, _ progress: (Int) -> Void
  ) throws(StoreFailure) {
    var next = run.first
    while next < run.end, check.findings.count < StoreCheck.findingsMax {
      do { try read(run, from: &next, store, progress) } catch .damaged {
        check.note(.message(run.name(of: next), isOwn: direction.isOwn, peer: peer))
        // It goes on behind the one that cannot be read.
        next += 1
      }
    }
    progress(check.messageCount)
  }

  private mutating func read(
    _ run: StoredRun, from next: inout Int, _ store: borrowing MessageStore, _ progress: (Int) -> Void
  ) throws(StoreFailure) {
    let rows = try store.database.prepare(StoredMessage.selection, [.integer(next), .integer(run.end)])
    while next < run.end {
      guard try rows.step() else { throw .damaged }
      let message = try StoredMessage(rows, in: run, of: direction)
      guard message.id == next, message.position > position else { throw .damaged }
      position = message.position
      next += 1
      check.messageCount += 1
      if check.messageCount % MessageChecker.step == 0 { progress(check.messageCount) }
    }
  }
}
