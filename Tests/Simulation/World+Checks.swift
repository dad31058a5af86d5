import Basics

@testable import ChatProtocol

// The rules that must hold, by their numbers in docs/SIMULATION.md.
extension World {
  /// 1 and 2: each message once, and after all that were written before it in the same store.
  mutating func checkTaken(_ message: Int, _ machine: Int) {
    let disk = machines[machine].disk
    let name = World.names[machine]
    if disk.receivedSet.contains(message) { violate(1, "\(name) has message \(message) twice") }
    var missing = written[message].before.subtracting(disk.receivedSet).subtracting(disk.reportedLost)
    if setup.isBatch(machine) {
      missing = missing.subtracting(everCommitted)
    }
    if let index = linkIndex(machines[machine].process!.link) {
      missing = missing.subtracting(links[index].ends[1 - end(of: machine, at: index)].forgotten)
    }
    if let first = missing.first {
      violate(2, "\(name) commits message \(message) without message \(first), which was written before it")
    }
  }

  /// 3: what is acknowledged was committed by a sink, or its loss was told.
  mutating func checkAcknowledged(_ machine: Int) {
    let wrong = machines[machine].process!.acknowledgedMessage(
      among: written, outside: everCommitted.union(everReportedLost), of: machine / 2)
    if let wrong {
      violate(3, "\(World.names[machine]) takes message \(wrong) for acknowledged, and nobody committed it")
    }
  }

  /// 4: a message is called lost only if the store of its end does not have it, or its person refused to repeat it.
  mutating func checkLost(_ message: Int, _ machine: Int) {
    machines[machine].disk.reportedLost.insert(message)
    everReportedLost.insert(message)
    if setup.isBatch(machine) || declined.contains(message) { return }
    guard let index = linkIndex(machines[machine].process?.link) else { return }
    let other = links[index].ends[1 - end(of: machine, at: index)]
    if machines[other.machine].process?.conversation.incarnation == other.incarnation, keeps(other.machine, message) {
      violate(4, "message \(message) is called lost, and the store of \(World.names[other.machine]) has it")
    }
  }

  /// Whether a machine still has the text of a message. Without a history, what is acknowledged is forgotten.
  private func keeps(_ machine: Int, _ message: Int) -> Bool {
    let name = written[message].name
    guard let process = machines[machine].process, !process.keepsHistory else {
      return machines[machine].disk.keeps(name)
    }
    return process.conversation.own.acknowledgedNumber(of: name.incarnation) < name.number
      && process.conversation.own.written.contains {
        $0.incarnation == name.incarnation && $0.first <= name.number && name.number <= $0.last
      }
  }

  /// 5: the loss of messages is told to the person who gets no more of them.
  mutating func checkLossReported(_ lost: UInt64, isNew: Bool, _ machine: Int) {
    if setup.isBatch(machine), isNew { return }
    guard machines[machine].process!.reportedLostCount >= lost else {
      return violate(5, "\(lost) messages are lost to \(World.names[machine]), and nobody is told")
    }
    machines[machine].process!.reportedLostCount -= lost
  }

  /// 6: only acknowledgements after a goodbye. 7: what was acknowledged is repeated only if the person here knows.
  /// 9: to a batch end it is never repeated. 14: what was taken back is not sent.
  mutating func checkSent(_ frame: [UInt8], _ machine: Int, _ index: Int, _ end: Int) {
    guard let kind = Frame.Kind(rawValue: frame[4]) else { return }
    let isMore = [.messages, .withdrawal, .go, .goodbye].contains(kind)
    if isMore, links[index].ends[end].hasSentGoodbye, !isRefusal(frame) {
      violate(6, "\(World.names[machine]) sends \(kind) after its goodbye")
    }
    if kind == .goodbye { links[index].ends[end].hasSentGoodbye = true }
    if isTraced { note("\(World.names[machine]) sends \(describe(frame))") }
    if kind == .go, !machines[machine].process!.keepsHistory { noteForgotten(machine, index, end) }
    guard kind == .messages else { return }
    let payload = frame.dropFirst(Frame.headerBytes)
    let incarnation = Incarnation(UInt64(bigEndianBytes: payload.prefix(8)))
    let number = UInt64(bigEndianBytes: payload.dropFirst(8).prefix(8))
    let count = payload.dropFirst(24).count { $0 == UInt8(ascii: "\n") }
    for offset in 0..<count {
      let name = MessageName(incarnation, number + UInt64(offset))
      guard let message = message(named: name) else { continue }
      sent[machine].insert(message)
      if machines[machine].disk.withdrawn.contains(name) {
        violate(14, "\(World.names[machine]) sends message \(message), which was taken back")
      }
    }
    guard number <= machines[machine].process!.conversation.own.acknowledgedNumber(of: incarnation) else { return }
    if machines[machine].process!.session?.peer.keepsStore == false {
      violate(9, "\(World.names[machine]) sends a batch end what is acknowledged")
    }
    if !machines[machine].process!.repeatIsReported {
      violate(7, "\(World.names[machine]) repeats what was acknowledged, and nobody is told")
    }
  }

  /// 14: a message is taken back once, and only if it went out on no link of this machine.
  mutating func checkWithdrawn(_ name: MessageName, _ machine: Int) {
    guard let message = message(named: name) else { return violate(14, "\(name) is taken back, and nobody wrote it") }
    // A store does not know what a copy of it has sent.
    if sent[machine].contains(message) || machines[machine].disk.withdrawn.contains(name) {
      violate(14, "\(World.names[machine]) takes message \(message) back, which is sent or was taken back before")
    }
  }

  private mutating func noteForgotten(_ machine: Int, _ index: Int, _ end: Int) {
    var forgotten = machines[machine].disk.lineage
    for run in machines[machine].process!.conversation.own.written {
      for number in run.first...run.last {
        if let message = message(named: MessageName(run.incarnation, number)) { forgotten.remove(message) }
      }
    }
    links[index].ends[end].forgotten = forgotten
  }

  private func isRefusal(_ frame: [UInt8]) -> Bool {
    guard let reason = Goodbye.Reason(rawValue: frame[Frame.headerBytes]) else { return false }
    return frame[4] == Frame.Kind.goodbye.rawValue && reason != .inputEnded && reason != .leaving
  }

  /// 8: buffers are within limits, and every deadline is finite.
  mutating func checkBounds(_ machine: Int) {
    guard machines[machine].isRunning, let excess = machines[machine].process!.excess(now) else { return }
    violate(8, "\(World.names[machine]) \(excess)")
  }

  /// 10: two honest ends do not find fault with each other.
  mutating func checkEnding(_ ending: SessionEnding, _ machine: Int) {
    switch ending {
    case .violated(let rule): violate(10, "\(World.names[machine]) is sent what breaks a rule: \(rule.description)")
    case .complained(let text): violate(10, "\(World.names[machine]) is told that it breaks a rule: \(text)")
    case .refusedByPeer(.olderGeneration) where machines[machine].process!.session?.resumes == false:
      violate(10, "\(World.names[machine]) ends because an older link of it came late")
    case .notTaken, .silent, .noPeerEnd:
      // 13: where nothing goes wrong, no wait ends by its bound.
      guard let firstGoodLink, let link = machines[machine].process!.link, link >= firstGoodLink else { break }
      violate(13, "the session of \(World.names[machine]) ends by a bound on time: \(ending)")
    default: break
    }
  }

  /// 11: an exit status of 0 is true.
  mutating func checkSuccess(_ process: Process, _ machine: Int) {
    let name = World.names[machine]
    let known = everCommitted.union(everReportedLost)
    for message in written.indices where written[message].name.incarnation == process.conversation.incarnation {
      // One that was taken back has nothing to bring.
      let isOwed = machines[machine].disk.lineage.contains(message) && !isTakenBack(message)
      if isOwed, !known.contains(message) {
        violate(11, "\(name) ends with 0, and nobody has message \(message)")
      }
    }
    guard let session = process.session, !session.peer.isPerson else { return }
    if process.conversation.wish != .abandon, !session.peerHasEnded {
      violate(11, "\(name) ends with 0, without a goodbye of the batch end")
    }
    guard session.peerUnacknowledged == 0 else { return }
    let disk = machines[machine].disk
    let had = disk.receivedSet.union(disk.reportedLost)
    for message in written.indices where written[message].name.incarnation == session.peer.incarnation {
      let isAccepted = machines[written[message].machine].disk.lineage.contains(message)
      guard isAccepted, !isTakenBack(message), !had.contains(message) else { continue }
      violate(11, "\(name) ends with 0 and lacks message \(message)")
    }
  }

  private func isTakenBack(_ message: Int) -> Bool {
    machines[written[message].machine].disk.withdrawn.contains(written[message].name)
  }

  /// A frame, for people.
  func describe(_ frame: [UInt8]) -> String {
    let kind = Frame.Kind(rawValue: frame[4]).map { "\($0)" } ?? "?"
    let payload = frame.dropFirst(Frame.headerBytes)
    let pairs = stride(from: payload.startIndex, to: payload.endIndex - 15, by: 16).prefix(4).map { start in
      let incarnation = UInt64(bigEndianBytes: payload[start..<start + 8])
      return
        "\(String(incarnation, radix: 16).suffix(4)):"
        + "\(UInt64(bigEndianBytes: payload[start + 8..<start + 16]))"
    }
    switch Frame.Kind(rawValue: frame[4]) {
    case .messages?:
      return
        "messages \(pairs.first ?? "") "
        + String(decoding: payload.dropFirst(24).prefix(8), as: UTF8.self).filter { !$0.isNewline }
    case .acknowledgement?, .answer?, .go?, .withdrawal?: return "\(kind) \(pairs.joined(separator: " "))"
    case .goodbye?: return "goodbye \(Goodbye.Reason(rawValue: frame[5]).map { "\($0)" } ?? "?")"
    default: return kind
    }
  }
}
