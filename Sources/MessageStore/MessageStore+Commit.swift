import Basics
import ChatProtocol

// The changes of a turn. Everything is one transaction, and on the disk when the call returns.
extension MessageStore {
  /// Commits what a turn changed.
  /// - Parameters:
  ///   - fingerprint: the peer's.
  ///   - keepsHistory: whether texts stay that are acknowledged or shown. Numbers stay anyway.
  /// - Throws: ``StoreFailure/changedMeanwhile`` if a message is in the store already, or is not the next one; or any
  ///   failure of the file. Nothing of the change is in the store then.
  public func commit(
    _ changes: ConversationChanges, of fingerprint: [UInt8], keepsHistory: Bool
  ) throws(StoreFailure) {
    guard !changes.isEmpty else { return }
    let transaction = try database.begin()
    var conversation = if let known = try conversation(fingerprint) { known } else { try addConversation(fingerprint) }
    try append(changes, to: conversation, keepsHistory: keepsHistory)
    for name in changes.withdrawn { try withdraw(name, of: conversation.own) }
    let acknowledgedBefore = conversation.acknowledgedPlace
    for (incarnation, number) in changes.acknowledged {
      try acknowledge(MessageName(incarnation, number), of: &conversation, keepsHistory: keepsHistory)
    }
    if conversation.acknowledgedPlace != acknowledgedBefore { try write(conversation) }
    for run in changes.shown { try removeShown(run, of: conversation.peer) }
    try transaction.commit()
  }

  // MARK: New messages

  private func append(
    _ changes: ConversationChanges, to conversation: ConversationRow, keepsHistory: Bool
  ) throws(StoreFailure) {
    let (own, peer) = (conversation.own, conversation.peer)
    if !changes.accepted.isEmpty || !changes.received.isEmpty {
      var position = try max(database.newestPosition(of: own), database.newestPosition(of: peer)) + 1
      // Received messages were on the screen before those that were typed in the same turn.
      for batch in changes.received {
        try noteReceived(batch, skipped: changes.skipped[batch.first.incarnation] ?? 0, of: peer)
        let flags: StoredMessage.Flags = keepsHistory ? [] : .untilShown
        try append(batch, to: peer, at: &position, time: changes.now, flags: flags)
      }
      for batch in changes.accepted {
        let time = batch.writtenAt == 0 ? changes.now : batch.writtenAt
        try append(batch, to: own, at: &position, time: time, flags: [])
      }
    }
    for (incarnation, number) in changes.skipped where try number > database.reached(incarnation, of: peer) ?? 0 {
      try database.noteReached(MessageName(incarnation, number), of: peer)
    }
    try append(changes.callerIDs, to: conversation)
  }

  /// Notes how far the peer's messages are.
  private func noteReceived(_ batch: MessageBatch, skipped: UInt64, of peer: Direction) throws(StoreFailure) {
    let reached = try database.reached(batch.first.incarnation, of: peer) ?? 0
    let first = batch.first.number
    guard first == reached + 1 || first > reached && first <= skipped + 1 else { throw .changedMeanwhile }
    let last = MessageName(batch.first.incarnation, batch.first.number + UInt64(batch.count) - 1)
    try database.noteReached(last, of: peer)
  }

  private func append(
    _ batch: MessageBatch, to direction: Direction, at position: inout Int, time: Int, flags: StoredMessage.Flags
  ) throws(StoreFailure) {
    var run = try run(for: batch.first, of: direction)
    let insertion = try database.prepare(StoredMessage.insertion)
    let feed = UInt8(ascii: "\n")
    let hasLineEnds = ByteScan.firstIndex(of: 0, in: batch.lines, from: batch.lines.startIndex) != nil
    var start = batch.lines.startIndex
    for _ in 0..<batch.count {
      guard let end = ByteScan.firstIndex(of: feed, in: batch.lines, from: start) else {
        preconditionFailure("a message has no end")
      }
      let line = batch.lines[start..<end]
      let text = hasLineEnds ? line.map { $0 == 0 ? feed : $0 }[...] : line
      let message = StoredMessage(
        id: run.end, position: position, time: time, writtenAt: direction.isOwn ? 0 : batch.writtenAt,
        flags: batch.isWithdrawn ? [.withdrawn, flags] : flags, text: batch.isWithdrawn ? [] : text)
      try message.insert(insertion, as: MessageName(run.incarnation, run.nextNumber), of: direction)
      run.count += 1
      position += 1
      start = end + 1
    }
    precondition(start == batch.lines.endIndex, "there are as many lines as messages")
    try database.write(run, of: direction)
  }

  /// The run that a message goes into: the newest if it continues that, else a new one.
  private func run(for name: MessageName, of direction: Direction) throws(StoreFailure) -> StoredRun {
    guard let newest = try database.newestRun(of: direction) else {
      return StoredRun(
        first: direction.ids.lowerBound + 1, incarnation: name.incarnation, number: name.number, count: 0)
    }
    guard newest.incarnation == name.incarnation else {
      if direction.isOwn, try database.nextNumber(of: name.incarnation, in: direction) > name.number {
        throw .changedMeanwhile
      }
      return StoredRun(first: newest.end, incarnation: name.incarnation, number: name.number, count: 0)
    }
    if newest.nextNumber == name.number { return newest }
    // The peer may have lost some of its own.
    guard newest.nextNumber < name.number, !direction.isOwn else { throw .changedMeanwhile }
    return StoredRun(first: newest.end, incarnation: name.incarnation, number: name.number, count: 0)
  }

  // MARK: Messages that are there

  private func withdraw(_ name: MessageName, of own: Direction) throws(StoreFailure) {
    guard let (run, id) = try database.place(of: name, of: own) else { throw .changedMeanwhile }
    if try database.indexedThrough(own) >= id { try emptyIndex() }
    var message = try database.message(id, in: run, of: own)
    message.flags.insert(.withdrawn)
    message.text = []
    noteForgotten()
    try database.change(
      "UPDATE messages SET flags = ?2, text = ?3, checksum = ?4 WHERE id = ?1",
      [
        .integer(id), .integer(message.flags.rawValue), .blob([]),
        .integer(message.checksum(name, of: own)),
      ])
  }

  private func acknowledge(
    _ name: MessageName, of conversation: inout ConversationRow, keepsHistory: Bool
  ) throws(StoreFailure) {
    let own = conversation.own
    let before = try database.reached(name.incarnation, of: own) ?? 0
    guard name.number > before else { return }
    try database.noteReached(name, of: own)
    try forRuns(with: name.incarnation, before + 1...name.number, of: own) { part throws(StoreFailure) in
      let newest = part.end - 1
      if newest > conversation.acknowledgedPlace {
        conversation.acknowledgedPlace = newest
        conversation.acknowledged = part.name(of: newest)
      }
      if !keepsHistory { try removeMessages(part.ids, of: own) }
    }
  }

  private func removeShown(_ shown: MessageRun, of peer: Direction) throws(StoreFailure) {
    guard shown.count > 0 else { return }
    try forRuns(with: shown.incarnation, shown.first...shown.last, of: peer) { part throws(StoreFailure) in
      try removeMessages(untilShown(part.ids), of: peer)
    }
  }

  /// Calls `body` with the parts of the runs of an incarnation that have some numbers, the newest first. It may change
  /// them.
  private func forRuns(
    with incarnation: Incarnation, _ numbers: ClosedRange<UInt64>, of direction: Direction,
    _ body: (StoredRun) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    var last = numbers.upperBound
    while let run = try database.run(of: MessageName(incarnation, last), in: direction) {
      if run.count > 0, last >= run.number, run.nextNumber > numbers.lowerBound {
        let first = run.id(of: max(run.number, numbers.lowerBound)) ?? run.first
        try body(run.clamped(to: first..<(run.id(of: last) ?? run.end - 1) + 1))
      }
      guard run.number > numbers.lowerBound else { return }
      last = run.number - 1
    }
  }

  private func untilShown(_ ids: Range<Int>) throws(StoreFailure) -> [Int] {
    let rows = try database.prepare(
      "SELECT id FROM messages WHERE flags >= 2 AND id >= ?1 AND id < ?2 ORDER BY id",
      [.integer(ids.lowerBound), .integer(ids.upperBound)])
    var found: [Int] = []
    while try rows.step() { found.append(try rows.integer(0)) }
    return found
  }
}
