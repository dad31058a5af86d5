import Basics

@testable import ChatProtocol

// A turn of a program's loop: it commits, writes to its link, and may end.
extension World {
  /// How many bytes of one direction the network takes.
  private static let pipeBytesMax = 256 << 10

  /// Ends a turn of a machine's program, after it received something or something was asked of it.
  mutating func turn(_ machine: Int) {
    guard machines[machine].isRunning else { return reap() }
    checkAcknowledged(machine)
    if setup.commitsAtOnce { commit(machine) }
    writeLink(machine)
    if setup.storesAcknowledgementsAtOnce { storeAcknowledgements(machine) }
    conclude(machine)
    checkBounds(machine)
    reap()
  }

  private mutating func writeLink(_ machine: Int) {
    while violation == nil, let index = linkIndex(machines[machine].process?.link) {
      let end = end(of: machine, at: index)
      machines[machine].process!.advance(now)
      supplyTexts(machine)
      checkBounds(machine)
      guard links[index].pipes[1 - end].byteCount < World.pipeBytesMax else { return }
      if links[index].ends[1 - end].stage == .gone { machines[machine].process!.sendFailed(now) }
      let bytes = machines[machine].process!.output(now)
      if bytes.isEmpty {
        if machines[machine].process!.takeEnd(now) { endPipe(index, from: end) }
        return
      }
      let frames = frames(of: bytes)
      for frame in frames { checkSent(frame, machine, index, end) }
      links[index].send(frames, from: end)
    }
  }

  private mutating func endPipe(_ index: Int, from end: Int) {
    if links[index].pipes[1 - end].ending == nil, !links[index].pipes[1 - end].isCut {
      links[index].pipes[1 - end].ending = .close
    }
  }

  private mutating func supplyTexts(_ machine: Int) {
    while let run = machines[machine].process!.conversation.missingTexts.first {
      let batches = (run.first...run.last).map { batch(of: MessageName(run.incarnation, $0), machine) }
      machines[machine].process!.conversation.supply(batches)
    }
  }

  /// Reads a message of a machine from its store.
  private mutating func batch(of name: MessageName, _ machine: Int) -> MessageBatch {
    guard let message = message(named: name), machines[machine].disk.keeps(name) else {
      violate(4, "\(World.names[machine]) wants to send \(name), which its store does not have")
      return MessageBatch(first: name, count: 1, writtenAt: 0, lines: Array("?\n".utf8)[...])
    }
    let isWithdrawn = machines[machine].disk.withdrawn.contains(name)
    let text = isWithdrawn ? [] : text(of: message).map { $0 == UInt8(ascii: "\n") ? 0 : $0 }
    return MessageBatch(
      first: name, count: 1, writtenAt: 1_000 + message / 3, isWithdrawn: isWithdrawn,
      lines: (text + [UInt8(ascii: "\n")])[...])
  }

  // MARK: Transactions

  /// One transaction with all that was accepted and received.
  mutating func commit(_ machine: Int) {
    guard machines[machine].isRunning,
      machines[machine].process!.owesCommit || machines[machine].process!.hasReceivedMore
    else { return }
    repeat {
      commitAccepted(machine)
      commitReceived(machine)
      guard machines[machine].process!.hasReceivedMore else { return }
      machines[machine].process!.receiveMore(now)
      checkAcknowledged(machine)
    } while machines[machine].process!.conversation.hasUndelivered
  }

  private mutating func commitAccepted(_ machine: Int) {
    guard !machines[machine].process!.conversation.uncommitted.isEmpty else { return }
    for batch in machines[machine].process!.conversation.uncommitted {
      for number in batch.run.first...batch.run.last {
        let name = MessageName(batch.first.incarnation, number)
        guard let message = message(named: name) else { continue }
        enterLineage(message, machine)
        machines[machine].disk.append(name)
      }
    }
    machines[machine].process!.conversation.acceptedCommitted()
  }

  /// A message is accepted for good, as the last one of its store.
  mutating func enterLineage(_ message: Int, _ machine: Int) {
    written[message].before = machines[machine].disk.lineage
    machines[machine].disk.lineage.insert(message)
  }

  private mutating func commitReceived(_ machine: Int) {
    guard machines[machine].process!.conversation.hasUndelivered else { return }
    let conversation = machines[machine].process!.conversation
    commitSkipped(conversation, machine)
    for batch in conversation.inbox.batches {
      for offset in 0..<batch.count {
        let name = MessageName(batch.first.incarnation, batch.first.number + UInt64(offset))
        let text =
          batch.isWithdrawn ? nil : conversation.inbox.text(conversation.inbox.entries[batch.firstEntry + offset])
        take(name, text, machine)
      }
    }
    machines[machine].process!.conversation.committed()
  }

  /// Commits one message of the peer.
  private mutating func take(_ name: MessageName, _ text: ArraySlice<UInt8>?, _ machine: Int) {
    guard let message = text.map({ self.message(of: $0) }) ?? message(named: name), written[message].name == name,
      written[message].machine / 2 != machine / 2
    else { return violate(1, "\(World.names[machine]) receives \(name), which nobody wrote so") }
    checkTaken(message, machine)
    machines[machine].disk.received.append(message)
    machines[machine].disk.receivedSet.insert(message)
    everCommitted.insert(message)
    machines[machine].disk.record.committed[name.incarnation] = name.number
  }

  /// Commits that messages of the peer are lost.
  private mutating func commitSkipped(_ conversation: Conversation, _ machine: Int) {
    for (incarnation, number) in conversation.skipped.sorted(by: { $0.key < $1.key }) {
      let last = MessageName(incarnation, number)
      let committed = machines[machine].disk.record.committed[last.incarnation] ?? 0
      let received = conversation.inbox.batches.filter { $0.first.incarnation == last.incarnation }
      var lost: UInt64 = 0
      for number in committed + 1...max(last.number, committed + 1) where number <= last.number {
        guard !received.contains(where: { $0.first.number <= number && number < $0.first.number + UInt64($0.count) })
        else { continue }
        lost += 1
        if let message = message(named: MessageName(last.incarnation, number)) { checkLost(message, machine) }
      }
      machines[machine].disk.record.committed[last.incarnation] = last.number
      checkLossReported(lost, isNew: committed == 0, machine)
    }
  }

  mutating func storeAcknowledgements(_ machine: Int) {
    guard machines[machine].isRunning else { return }
    let names = machines[machine].process!.conversation.unstoredAcknowledgements
    guard !names.isEmpty else { return }
    machines[machine].process!.conversation.acknowledgementsStored()
    machines[machine].disk.acknowledge(
      names, keepsHistory: machines[machine].process!.keepsHistory, byTime: setup.planted == .lastAcknowledgedByTime)
  }

  // MARK: Endings

  /// Looks whether the session of a machine has ended, and what becomes of the program.
  mutating func conclude(_ machine: Int) {
    guard machines[machine].isRunning, let ending = machines[machine].process!.ending else { return }
    let index = linkIndex(machines[machine].process!.link)
    if isTraced { note("the session of \(World.names[machine]) ends: \(ending)") }
    checkEnding(ending, machine)
    commit(machine)
    let resumes =
      machines[machine].process!.session!.resumes && ending != .refusedByPeer(.takenOver) || isOustedForEver(ending)
    machines[machine].process!.conversation.linkEnded(ending, resumes: resumes)
    guard resumes else { return exit(machine, after: ending) }
    if let index { links[index].close(end(of: machine, at: index), .reset) }
    machines[machine].process!.session = nil
    machines[machine].process!.link = nil
    machines[machine].process!.lastEnding = ending
    if setup.givesUp || machines[machine].process!.isBatch && setup.faults.contains(.time) {
      machines[machine].process!.giveUpAt = now + .seconds(60)
    }
    if machines[machine].process!.conversation.wish >= .leave { exit(machine, after: ending) }
  }

  private func isOustedForEver(_ ending: SessionEnding) -> Bool {
    setup.planted == .copiesOustEachOther && ending == .refusedByPeer(.takenOver)
  }

  /// A program ends by itself.
  mutating func exit(_ machine: Int, after ending: SessionEnding) {
    guard let process = machines[machine].process else { return }
    commit(machine)
    storeAcknowledgements(machine)
    let outcome = AcknowledgedOutcome(
      ending, unsentCount: process.conversation.unsentCount, inputRemains: process.inputLeft > 0,
      peerIsPerson: process.session?.peer.isPerson ?? true)
    if isTraced { note("\(World.names[machine]) ends: \(outcome)") }
    if outcome == .success { checkSuccess(process, machine) }
    if process.isBatch { messagesLeft[machine / 2] = process.inputLeft }
    kill(machine, ending == .goodbye ? .close : .reset)
  }
}
