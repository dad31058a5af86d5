@testable import ChatProtocol

// The moves that are possible now.
extension World {
  /// Everything that can happen, in a fixed order.
  var moves: [Move] {
    var result: [Move] = []
    for index in links.indices { addDeliveries(index, &result) }
    for machine in machines.indices where exists[machine] { addTurns(machine, &result) }
    addLinks(&result)
    if faultsLeft > 0 { addFaults(&result) }
    return result
  }

  private func addDeliveries(_ index: Int, _ result: inout [Move]) {
    for end in 0...1 {
      let pipe = links[index].pipes[end]
      if !pipe.frames.isEmpty {
        if canReceive(index, end) { result.append(.deliver(link: index, to: end, bytes: nil)) }
        if pipe.isCut { result.append(.lose(link: index, to: end)) }
      } else if pipe.ending != nil {
        result.append(.deliverEnd(link: index, to: end))
      }
    }
  }

  /// Whether an end reads its link now.
  func canReceive(_ index: Int, _ end: Int) -> Bool {
    let machine = links[index].ends[end].machine
    guard links[index].ends[end].stage == .used, machines[machine].isRunning,
      machines[machine].process!.link == links[index].id
    else { return true }
    return machines[machine].process!.reads
  }

  private func addTurns(_ machine: Int, _ result: inout [Move]) {
    guard machines[machine].isRunning else {
      if !setup.isBatch(machine) || messagesLeft[machine / 2] > 0 || faultsLeft > 0 || isNeeded(machine) {
        result.append(.start(machine))
      }
      return
    }
    let canWrite = written.count < MessageSet.countMax
    machines[machine].process!.addMoves(
      machine, canWrite: canWrite, mayWrite: messagesLeft[machine / 2] > 0, setup, &result)
  }

  /// Whether the other end has nobody to talk to.
  private func isNeeded(_ machine: Int) -> Bool {
    machines[machine & 2].process == nil && machines[machine | 1].process == nil
  }

  /// Whether a program looks for a link.
  func isLooking(_ machine: Int) -> Bool {
    guard machines[machine].isRunning, !machines[machine].process!.hasSession, !machines[machine].process!.waits
    else { return false }
    return !links.contains { link in
      link.ends.contains { $0.machine == machine && $0.stage == .entering }
        && !link.pipes.contains { $0.isCut || $0.ending != nil }
    }
  }

  /// Whether the relay has a pair to which a guest does not belong. It tries again after a while.
  private func isRoomFull(for machine: Int) -> Bool {
    guard setup.planted != .selfPairing, let index = linkIndex(pair) else { return false }
    let side = machines[machine].process!.conversation.incarnation
    return !links[index].ends.contains { $0.incarnation == side }
  }

  private func addLinks(_ result: inout [Move]) {
    guard linkCount < setup.linksMax || firstGoodLink != nil else { return }
    if setup.isRelayed {
      for machine in [0, 2] where isLooking(machine) && !isRoomFull(for: machine) { result.append(.join(machine)) }
      return
    }
    for a in 0...1 where isLooking(a) {
      for b in 2...3 where machines[b].isRunning { result.append(.dial(a, b)) }
    }
  }

  private func addFaults(_ result: inout [Move]) {
    let faults = setup.faults
    for index in links.indices where links[index].isWhole {
      if faults.contains(.cut) { result.append(.cut(link: index, [.reset, .reset])) }
      if faults.contains(.endsForResets) {
        result += [.cut(link: index, [.close, .close]), .halfCut(link: index, to: 0), .halfCut(link: index, to: 1)]
      }
      if faults.contains(.silentCut) {
        result += [
          .cut(link: index, [nil, nil]), .cut(link: index, [nil, .reset]), .cut(link: index, [.reset, nil]),
        ]
      }
    }
    if faults.contains(.secondLink), !setup.isRelayed, linkCount < setup.linksMax {
      for a in 0...1 where machines[a].process?.hasSession == true {
        for b in 2...3 where machines[b].isRunning { result.append(.secondLink(a, b)) }
      }
    }
    for machine in machines.indices where exists[machine] { addFaults(of: machine, &result) }
  }

  private func addFaults(of machine: Int, _ result: inout [Move]) {
    let faults = setup.faults
    let isB = machine >= 2
    let isBatch = setup.isBatch(machine)
    if machines[machine].isRunning {
      if faults.contains(isB ? .crashB : .crash) { result.append(.crash(machine)) }
      if faults.contains(.takeOver), !isBatch { result.append(.takeOver(machine)) }
      if faults.contains(.leave), machines[machine].process!.conversation.wish < .leave {
        result.append(.leave(machine))
      }
      if faults.contains(.clock) { result.append(.setClockBack(machine)) }
      if machines[machine].process!.waits, faults.contains(.silentCut) { result.append(.leaveGhost(machine)) }
      if faults.contains(.storeFull), !isBatch, !setup.commitsAtOnce { result.append(.fillDisk(machine)) }
      if faults.contains(.unsend), !isBatch, machines[machine].process!.hasWritten {
        result.append(.unsend(machine, fails: false))
        if faults.contains(.storeFull) { result.append(.unsend(machine, fails: true)) }
      }
    }
    guard !isBatch else { return }
    let restores = faults.contains(isB ? .restoreB : .restore)
    let copies = faults.contains(isB ? .copyB : .copy) && !setup.isRelayed && machine & 1 == 0 && !exists[machine + 1]
    if restores || copies, backupsLeft > 0, machine & 1 == 0 { result.append(.backUp(machine)) }
    if restores, let backup = machines[machine].backup, backup != machines[machine].disk {
      result.append(.restore(machine))
    }
    if faults.contains(isB ? .wipeB : .wipe), machines[machine].disk != Disk() { result.append(.wipe(machine)) }
    if copies {
      result.append(.copy(machine))
      if machines[machine].backup != nil { result.append(.copyBackup(machine)) }
    }
  }

  /// A move, for people.
  func describe(_ move: Move) -> String {
    switch move {
    case .deliver(let link, let end, let bytes):
      guard links.indices.contains(link), let first = links[link].pipes[end].frames.first else { return "\(move)" }
      let what = bytes.map { "\($0) bytes" } ?? (first.count > 4 ? describe(first) : "a rest")
      return "link \(links[link].id) brings \(what) to \(World.names[links[link].ends[end].machine])"
    case .deliverEnd(let link, let end):
      guard links.indices.contains(link) else { return "\(move)" }
      return "link \(links[link].id) ends for \(World.names[links[link].ends[end].machine])"
    case .dial(let a, let b): return "link \(linkCount) is made between \(World.names[a]) and \(World.names[b])"
    case .secondLink(let a, let b):
      return "link \(linkCount) is made between \(World.names[a]) and \(World.names[b]) beside another"
    case .cut(let link, let endings):
      guard links.indices.contains(link) else { return "\(move)" }
      let ends = endings.map { $0.map { $0 == .reset ? "a reset" : "an end" } ?? "nothing" }
      return
        "link \(links[link].id) is cut: \(World.names[links[link].ends[0].machine]) sees \(ends[0]), "
        + "the other \(ends[1])"
    case .start(let machine): return "\(World.names[machine]) starts"
    case .write(let machine): return "\(World.names[machine]) writes message \(written.count)"
    case .commit(let machine): return "\(World.names[machine]) commits"
    case .crash(let machine): return "\(World.names[machine]) is killed"
    case .unsend(let machine, let fails):
      return "\(World.names[machine]) takes its newest message back" + (fails ? ", and its disk is full" : "")
    default: return "\(move)"
    }
  }
}

extension Process {
  /// Adds the moves of its user and its store.
  fileprivate func addMoves(_ machine: Int, canWrite: Bool, mayWrite: Bool, _ setup: Setup, _ result: inout [Move]) {
    if canWrite, conversation.isOpen, isBatch ? inputLeft > 0 && conversation.hasOutboxRoom : mayWrite {
      result.append(.write(machine))
    }
    if isBatch, inputLeft == 0, conversation.wish == .open { result.append(.endInput(machine)) }
    if owesCommit { result.append(.commit(machine)) }
    if !conversation.unstoredAcknowledgements.isEmpty { result.append(.storeAcknowledgements(machine)) }
    if isAsked {
      result.append(.decide(machine, agrees: true))
      if setup.faults.contains(.decline) { result.append(.decide(machine, agrees: false)) }
    }
  }
}
