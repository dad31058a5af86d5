@testable import ChatProtocol

// The second half of a run: nothing goes wrong any more, and everything must arrive.
extension World {
  /// The most moves of one phase. A phase that needs more goes round in circles.
  private static let movesMax = 6_000
  /// The most deadlines that pass one after the other before something else happens.
  private static let quietDeadlinesMax = 12

  /// Lets everything go well, and requires that all arrives.
  mutating func heal() {
    guard violation == nil else { return }
    log?.append("== from here on nothing goes wrong")
    faultsLeft = 0
    firstGoodLink = linkCount
    settle(a: 0, b: 2, startsOthers: false)
    for machine in machines.indices where exists[machine] { kill(machine) }
    for a in 0...1 where exists[a] {
      for b in 2...3 where exists[b] && violation == nil {
        log?.append("== \(World.names[a]) and \(World.names[b]) alone")
        for machine in machines.indices where exists[machine] { kill(machine) }
        links = []
        (waiting, pair) = (nil, nil)
        settle(a: a, b: b, startsOthers: true)
      }
    }
  }

  /// Lets programs run until nothing moves any more. Two that do not run are started.
  private mutating func settle(a: Int, b: Int, startsOthers: Bool) {
    messagesLeft = [0, 0]
    if machines[a / 2 * 2].process == nil, machines[a / 2 * 2 + 1].process == nil { apply(.start(a)) }
    if machines[b / 2 * 2].process == nil, machines[b / 2 * 2 + 1].process == nil { apply(.start(b)) }
    var quietDeadlines = 0
    let linksBefore = usedLinks
    for _ in 0..<World.movesMax {
      guard violation == nil else { return }
      healingMoves += 1
      if let move = nextGoodMove {
        apply(move)
        quietDeadlines = 0
      } else if isSettled || quietDeadlines >= World.quietDeadlinesMax || nextDeadline == nil {
        break
      } else {
        apply(.time)
        quietDeadlines += 1
      }
      if usedLinks - linksBefore > 40 { return violate(13, "links oust each other for ever") }
    }
    checkSettled(a, b, isAlone: startsOthers)
  }

  /// The next thing that happens while all goes well.
  private var nextGoodMove: Move? {
    moves.first { move in
      switch move {
      case .deliver, .deliverEnd, .write, .endInput, .commit, .dial, .join: true
      case .decide(_, let agrees): agrees
      case .start, .storeAcknowledgements, .lose, .time, .backUp: false
      default: false
      }
    }
  }

  /// Whether all that run are linked and have nothing to send.
  private var isSettled: Bool {
    var atRest = 0
    for machine in machines.indices where machines[machine].isRunning {
      if machines[machine].process!.isAtRest,
        links.contains(where: { $0.id == machines[machine].process!.link && $0.isWhole })
      {
        atRest += 1
      } else if machines[machine].process!.hasSession || machine < 2 || setup.isRelayed {
        return false
      }
    }
    return atRest >= 2
  }

  /// 13: everything arrives, and both ends agree about it.
  private mutating func checkSettled(_ a: Int, _ b: Int, isAlone: Bool) {
    guard violation == nil else { return }
    var isLinked = false
    for link in links where link.isWhole && link.ends.allSatisfy({ $0.stage == .used }) {
      let (one, other) = (link.ends[0].machine, link.ends[1].machine)
      guard machines[one].process?.link == link.id, machines[other].process?.link == link.id else { continue }
      isLinked = true
      storeAcknowledgements(one)
      storeAcknowledgements(other)
      checkArrived(from: one, at: other)
      checkArrived(from: other, at: one)
    }
    if isLinked { return }
    let running = machines.indices.filter { machines[$0].isRunning }
    // A batch end ends by itself, and so may its peer.
    let hasConnector = running.contains { $0 < 2 }
    let hasListener = running.contains { $0 >= 2 }
    if hasConnector, hasListener { return violate(13, "nobody is linked, and two could be") }
    guard isAlone else { return }
    if !setup.isBatch(a), !setup.isBatch(b), !hasConnector || !hasListener {
      violate(13, "a person's program ended by itself")
    }
    checkArrived(from: a, at: b)
    checkArrived(from: b, at: a)
  }

  private mutating func checkArrived(from sender: Int, at receiver: Int) {
    guard !setup.isBatch(sender) || machines[sender].process != nil else { return }
    if let process = machines[sender].process, process.conversation.unsentCount > 0 {
      return violate(13, "\(process.conversation.unsentCount) messages of \(World.names[sender]) wait for ever")
    }
    let (from, to) = (machines[sender].disk, machines[receiver].disk)
    let has = to.receivedSet.union(to.reportedLost)
    for run in from.record.written {
      for number in run.first...run.last {
        guard let message = message(named: MessageName(run.incarnation, number)), !has.contains(message) else {
          continue
        }
        // A batch end has no history: neither one that receives nor one that sends.
        if setup.isBatch(receiver) || setup.isBatch(sender),
          everCommitted.contains(message) || everReportedLost.contains(message)
        {
          continue
        }
        return violate(13, "message \(message) of \(World.names[sender]) never reaches \(World.names[receiver])")
      }
    }
  }
}
