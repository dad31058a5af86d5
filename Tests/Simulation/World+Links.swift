import Basics

@testable import ChatProtocol

// Links: made, chosen, carried.
extension World {
  /// Makes a link between two machines, on which both ends greet.
  mutating func connect(_ a: Int, _ b: Int, isRelayed: Bool = false) {
    if a == b { violate(12, "\(World.names[a]) is linked with itself") }
    guard machines[a].isRunning, machines[b].isRunning, a != b else { return }
    let ends = [a, b].map { machine in
      machines[machine].process!.generation += 1
      let process = machines[machine].process!
      return Link.End(
        machine: machine, incarnation: process.conversation.incarnation, generation: process.generation,
        enterBy: now + Limits.entryTimeout)
    }
    var link = Link(id: linkCount, ends: ends, isRelayed: isRelayed)
    linkCount += 1
    for (index, end) in ends.enumerated() {
      link.send([machines[end.machine].process!.greeting(generation: end.generation).frame], from: index)
    }
    if isRelayed { pair = link.id }
    links.append(link)
  }

  /// A machine joins the room at the relay. A guest that returns with its side takes its old place.
  mutating func join(_ machine: Int) {
    guard let process = machines[machine].process else { return }
    let side = process.conversation.incarnation
    let looksAtSides = setup.planted != .selfPairing
    if let pair, let index = links.firstIndex(where: { $0.id == pair }) {
      guard looksAtSides, links[index].ends.contains(where: { $0.incarnation == side }) else { return note("full") }
      for end in 0...1 where links[index].pipes[end].ending == nil { links[index].pipes[end].ending = .reset }
      self.pair = nil
    }
    if let guest = waiting, guest.side != side || !looksAtSides {
      waiting = nil
      machines[guest.machine].process?.waits = false
      return connect(guest.machine, machine, isRelayed: true)
    }
    waiting = Guest(machine: machine, side: side)
    machines[machine].process!.waits = true
  }

  func linkIndex(_ id: Int?) -> Int? { id.flatMap { id in links.firstIndex { $0.id == id } } }

  /// The end of a link that belongs to a machine.
  func end(of machine: Int, at index: Int) -> Int { links[index].ends[0].machine == machine ? 0 : 1 }

  // MARK: Carrying

  mutating func deliver(_ index: Int, to end: Int, bytes: Int?) {
    let bytes = links[index].pipes[end].take(bytes)
    let machine = links[index].ends[end].machine
    switch links[index].ends[end].stage {
    case .gone: return
    case .entering: enter(index, end, bytes)
    case .used:
      guard machines[machine].process?.link == links[index].id || setup.planted == .oldLinkRead else { return }
      machines[machine].process!.receive(bytes, now)
    }
    turn(machine)
  }

  /// Brings frame after frame, until none is left or the end reads no more.
  mutating func deliverAll(_ index: Int, to end: Int) {
    let id = links[index].id
    while linkIndex(id) == index, !links[index].pipes[end].frames.isEmpty, canReceive(index, end) {
      deliver(index, to: end, bytes: nil)
    }
  }

  /// Bytes come on a link that has no session.
  private mutating func enter(_ index: Int, _ end: Int, _ bytes: [UInt8]) {
    let machine = links[index].ends[end].machine
    links[index].ends[end].decoder.append(bytes[...])
    guard let frame = try? links[index].ends[end].decoder.next() else { return }
    if frame.kind == Frame.Kind.greeting.rawValue, let greeting = try? Greeting(payload: frame.payload) {
      judge(index, end, greeting)
    } else if frame.kind == Frame.Kind.goodbye.rawValue, let goodbye = try? Goodbye(payload: frame.payload) {
      links[index].close(end, .close)
      guard goodbye.reason == .takenOver, machines[machine].process?.session == nil else { return }
      if setup.planted != .copiesOustEachOther { exit(machine, after: .refusedByPeer(.takenOver)) }
    } else {
      violate(10, "a link begins with a frame of kind \(frame.kind)")
    }
  }

  /// Both greetings of a link are known to one end, which decides about it.
  private mutating func judge(_ index: Int, _ end: Int, _ greeting: Greeting) {
    let own = links[index].ends[end]
    let machine = own.machine
    let ownKey = machine / 2 == setup.leader ? 0 : 1
    let isLinked = machines[machine].process!.session != nil
    let names = LinkChoice.Names(
      own: machines[machine].process!.greeting(generation: own.generation), ownKey: ownKey, peer: greeting,
      peerKey: 1 - ownKey)
    let verdict = machines[machine].process!.choice.judge(names, isLinked: isLinked)
    if isTraced { note("\(World.names[machine]) judges link \(links[index].id): \(verdict)") }
    switch verdict {
    case .use, .useInstead:
      closeCurrent(machine, refuses: verdict == .useInstead)
      usedLinks += 1
      links[index].ends[end].stage = .used
      let rest = links[index].ends[end].decoder.takeRest()
      machines[machine].process!.use(links[index].id, peer: greeting, rest: rest, now: now)
    case .older: refuse(index, end, .olderGeneration)
    case .takenOver: refuse(index, end, .takenOver)
    }
  }

  private mutating func refuse(_ index: Int, _ end: Int, _ reason: Goodbye.Reason) {
    links[index].send([Goodbye(reason).frame], from: end)
    links[index].close(end, .close)
  }

  /// Gives up the link in use for another one.
  /// - Parameter refuses: whether the peer gets the reason.
  private mutating func closeCurrent(_ machine: Int, refuses: Bool) {
    guard let index = linkIndex(machines[machine].process!.link) else { return }
    let end = end(of: machine, at: index)
    if refuses {
      let last = machines[machine].process!.refuseTakenOver(now)
      links[index].send(frames(of: last), from: end)
    }
    if setup.planted != .oldLinkRead { links[index].close(end, .reset) }
    machines[machine].process!.session = nil
    machines[machine].process!.link = nil
  }

  mutating func deliverEnd(_ index: Int, to end: Int) {
    let machine = links[index].ends[end].machine
    let isReset = links[index].pipes[end].ending == .reset
    links[index].pipes[end].ending = nil
    links[index].pipes[end].isCut = true
    switch links[index].ends[end].stage {
    case .gone: break
    case .entering: links[index].close(end, .reset)
    case .used:
      guard machines[machine].process?.link == links[index].id else { return links[index].close(end, .reset) }
      if isReset { links[index].close(end, .reset) }
      machines[machine].process!.receiveEnd(isReset: isReset, now)
    }
    turn(machine)
  }
}
