import Basics

@testable import ChatProtocol

// The moves, each with its effect.
extension World {
  /// Lets something happen. A move that is not possible any more changes nothing, so a list of moves can be shortened.
  mutating func apply(_ move: Move) {
    if isTraced {
      let text = describe(move)
      log?.append(text)
    }
    if move.isFault { faultsLeft -= 1 }
    switch move {
    case .start(let machine): if exists[machine], !machines[machine].isRunning { start(machine) }
    case .write(let machine): repeat { write(machine) } while setup.movesInBulk && accepts(machine)
    case .endInput(let machine): if machines[machine].process?.inputLeft == 0 { want(.inputEnded, machine) }
    case .commit(let machine): with(machine) { $0.commit(machine) }
    case .storeAcknowledgements(let machine): storeAcknowledgements(machine)
    case .decide(let machine, let agrees): decide(machine, agrees)
    case .dial(let a, let b), .secondLink(let a, let b): connect(a, b)
    case .join(let machine): join(machine)
    case .deliver(let link, let end, let bytes):
      guard links.indices.contains(link), !links[link].pipes[end].frames.isEmpty else { break }
      if setup.movesInBulk { deliverAll(link, to: end) } else { deliver(link, to: end, bytes: bytes) }
    case .deliverEnd(let link, let end):
      if links.indices.contains(link), links[link].pipes[end].ending != nil { deliverEnd(link, to: end) }
    case .lose(let link, let end): if links.indices.contains(link) { links[link].pipes[end].frames = [] }
    case .time: passTime()
    case .cut(let link, let endings): if links.indices.contains(link) { cut(link, endings) }
    case .halfCut(let link, let end):
      if links.indices.contains(link), links[link].pipes[end].ending == nil { links[link].pipes[end].ending = .close }
    case .leaveGhost(let machine): machines[machine].process?.waits = false
    case .crash(let machine): kill(machine)
    case .takeOver(let machine): takeOver(machine)
    case .leave(let machine): leave(machine)
    case .backUp, .restore, .wipe, .copy, .copyBackup: applyToStore(move)
    case .setClockBack(let machine): machines[machine].clockOffset -= 3600
    case .fillDisk(let machine): fillDisk(machine)
    case .unsend(let machine, let fails): unsend(machine, fails: fails)
    }
    reap()
  }

  private mutating func with(_ machine: Int, _ change: (inout World) -> Void) {
    guard machines[machine].isRunning else { return }
    change(&self)
    turn(machine)
  }

  private mutating func want(_ wish: Conversation.Wish, _ machine: Int) {
    with(machine) { $0.machines[machine].process!.conversation.want(wish) }
  }

  // MARK: People

  /// Whether a program takes a message now, and there is one.
  private func accepts(_ machine: Int) -> Bool {
    guard machines[machine].isRunning, written.count < MessageSet.countMax else { return false }
    return machines[machine].process!.accepts(messagesLeft: messagesLeft[machine / 2])
  }

  /// A person writes a message, or a batch input has one.
  private mutating func write(_ machine: Int) {
    guard accepts(machine) else { return }
    let name = machines[machine].process!.nextName
    let message = written.count
    written.append(Written(name: name, machine: machine))
    if setup.isBatch(machine) {
      machines[machine].process!.inputLeft -= 1
      machines[machine].process!.conversation.accept(text(of: message))
      enterLineage(message, machine)
      machines[machine].disk.append(name)
    } else {
      messagesLeft[machine / 2] -= 1
      machines[machine].process!.conversation.accept(
        text(of: message), writtenAt: 10_000 + machines[machine].clockOffset)
    }
    turn(machine)
  }

  private mutating func leave(_ machine: Int) {
    guard machines[machine].isRunning else { return }
    machines[machine].process!.conversation.want(.leave)
    if machines[machine].process!.session == nil { exit(machine, after: .broken) } else { turn(machine) }
  }

  private mutating func decide(_ machine: Int, _ agrees: Bool) {
    guard machines[machine].process?.isAsked == true else { return }
    machines[machine].process!.isAsked = false
    if !agrees {
      for message in written.indices where machines[machine].disk.lineage.contains(message) { declined.insert(message) }
    }
    machines[machine].process!.conversation.decideRepeat(agrees: agrees)
    turn(machine)
  }

  /// The newest message is taken back, if the conversation still can.
  private mutating func unsend(_ machine: Int, fails: Bool) {
    guard machines[machine].isRunning, let name = machines[machine].process!.conversation.withdrawLast() else {
      // It was sent, so nothing happens.
      faultsLeft += 1
      return
    }
    if fails {
      machines[machine].process!.conversation.keepWithdrawn(name)
    } else {
      checkWithdrawn(name, machine)
      machines[machine].disk.withdrawn.append(name)
    }
    turn(machine)
  }

  /// The disk takes no more: neither what was accepted nor what was received.
  private mutating func fillDisk(_ machine: Int) {
    guard let process = machines[machine].process, !process.isBatch else { return }
    if !process.conversation.uncommitted.isEmpty {
      machines[machine].process!.conversation.takeBackUncommitted()
      // Nobody has seen them; their names are given again.
      let incarnation = process.conversation.incarnation
      let newest = machines[machine].process!.conversation.acceptedCount
      for index in written.indices
      where written[index].name.incarnation == incarnation && written[index].name.number > UInt64(newest) {
        written[index] = Written(name: MessageName(Incarnation(.max), UInt64(index) + 1), machine: machine)
      }
    }
    if process.conversation.hasUndelivered {
      machines[machine].process!.conversation.refuseReceived(.storeFull)
      machines[machine].process!.reportedLostCount = 0
    }
    turn(machine)
  }

  // MARK: Stores

  private mutating func applyToStore(_ move: Move) {
    switch move {
    case .backUp(let machine):
      machines[machine].backup = machines[machine].disk
      backupsLeft -= 1
    case .restore(let machine):
      guard let backup = machines[machine].backup else { return }
      kill(machine)
      machines[machine].disk = backup
    case .wipe(let machine):
      kill(machine)
      machines[machine].disk = Disk()
    case .copy(let machine): copy(machines[machine].disk, to: machine + 1)
    case .copyBackup(let machine): if let backup = machines[machine].backup { copy(backup, to: machine + 1) }
    default: break
    }
  }

  private mutating func copy(_ disk: Disk, to machine: Int) {
    guard !exists[machine] else { return }
    exists[machine] = true
    machines[machine].disk = disk
  }

  /// Another program of the same user takes the conversation over. The store is read once the first one is gone.
  private mutating func takeOver(_ machine: Int) {
    guard machines[machine].isRunning, !setup.isBatch(machine) else { return }
    let record = machines[machine].disk.openedRecord
    if setup.planted == .secondProcessLate {
      commit(machine)
      if messagesLeft[machine / 2] > 0 { write(machine) }
      commit(machine)
    }
    kill(machine)
    start(machine, with: setup.planted == .secondProcessLate ? record : machines[machine].disk.openedRecord)
  }

  // MARK: Network and time

  private mutating func cut(_ index: Int, _ endings: [Link.Ending?]) {
    for end in 0...1 where !links[index].pipes[end].isCut {
      links[index].pipes[end].isCut = true
      if links[index].pipes[end].ending == nil { links[index].pipes[end].ending = endings[end] }
    }
  }

  /// The earliest instant at which something is due.
  var nextDeadline: Instant? {
    var due: Instant?
    for machine in machines.indices where machines[machine].isRunning {
      due = nearest(due, nearest(machines[machine].process!.deadline, machines[machine].process!.giveUpAt))
    }
    for link in links { for end in link.ends where end.stage == .entering { due = nearest(due, end.enterBy) } }
    if pair != nil || waiting != nil { due = nearest(due, now + .seconds(60)) }
    return due
  }

  private mutating func passTime() {
    guard let due = nextDeadline else { return }
    now = max(now, due)
    for index in links.indices {
      for end in 0...1 where links[index].ends[end].stage == .entering && links[index].ends[end].enterBy <= now {
        links[index].close(end, .close)
      }
    }
    dropVanished()
    for machine in machines.indices {
      guard machines[machine].isRunning else { continue }
      if let giveUpAt = machines[machine].process!.giveUpAt, giveUpAt <= now {
        let ending = machines[machine].process!.lastEnding
        machines[machine].process!.conversation.gaveUp(ending)
        exit(machine, after: ending)
      } else if let deadline = machines[machine].process!.deadline, deadline <= now {
        let unread =
          linkIndex(machines[machine].process!.link).map { !links[$0].pipes[end(of: machine, at: $0)].frames.isEmpty }
          ?? false
        machines[machine].process!.deadlinePassed(unread: unread, now)
        turn(machine)
      }
    }
  }

  /// The relay misses guests that are gone.
  private mutating func dropVanished() {
    if let guest = waiting {
      let process = machines[guest.machine].process
      if process?.conversation.incarnation != guest.side || process?.waits == false { waiting = nil }
    }
    guard let pair else { return }
    guard let index = linkIndex(pair) else {
      self.pair = nil
      return
    }
    guard links[index].pipes.contains(where: \.isCut) || links[index].ends.contains(where: { $0.stage == .gone }) else {
      return
    }
    for end in 0...1 where links[index].pipes[end].ending == nil { links[index].pipes[end].ending = .reset }
    self.pair = nil
  }
}
