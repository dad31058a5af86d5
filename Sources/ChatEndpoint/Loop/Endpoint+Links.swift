import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The phases of a turn that handle links: reading, writing and reaching.
extension Endpoint {
  func readLinks() {
    guard let link = links.current else { return }
    let hadEnded = link.session.peerHasEnded
    link.read(polls, reads: user.interface.canShowMessages, into: &conversation, now: now)
    if link.session.peerHasEnded, !hadEnded { peerEnded(link) }
  }

  private func peerEnded(_ link: Link) {
    let lacking = (link.session as? FramedSession)?.peerUnacknowledged ?? 0
    if lacking > 0 {
      let messages = lacking.counted("message", "messages")
      user.interface.show(.note("\(link.peerLabel) leaves before \(messages) of its own came through"))
    }
    guard !hasPeerEnded else { return }
    hasPeerEnded = true
    user.interface.show(.peerEnded(peer: link.peerLabel))
    guard case .batch(let interface, _) = user, !reach.servesAgain else { return }
    commit()
    interface.endMessages()
  }

  func writeLinks() {
    commitBeforeGoodbye()
    links.current?.write(&conversation, now: now)
    if hasTextsToLoad {
      loadTexts()
      links.current?.write(&conversation, now: now)
    }
    concludeLink()
    endInterruption()
  }

  /// Commits what is acknowledged before a goodbye can be written. A peer without a store forgets the messages of a
  /// conversation that has ended, and would take one that is sent again for a new one.
  private func commitBeforeGoodbye() {
    guard let link = links.current, link.session.peerHasEnded || conversation.wish > .open else { return }
    commitRest(atOnce: true)
  }

  /// Takes the next step towards a link, and judges the candidate if there is one.
  func takeCandidates() {
    switch reach.step(polls, now: now) {
    case .nothing: showReachEvents()
    case .failed(.relay(.refused(_, .roomTaken, _))) where codeOfRoom != nil && settings.codeOfFile == nil:
      anotherRoom()
    case .failed(.reach(.lookUpFailed(let host, let failure, _))):
      showReachEvents()
      leave(after: .reach(.lookUpFailed(host, failure, nearest: settings.namesLikeHost)))
    case .failed(let failure):
      showReachEvents()
      leave(after: failure)
    case .candidate(let candidate):
      showReachEvents()
      judge(candidate)
    }
  }

  /// Nothing that callers can cause queues up: while the user takes nothing, they are counted. It comes after all that
  /// can refuse a caller, because nothing wakes the loop for a first one.
  func reportRefusedCallers() {
    guard !user.interface.hasPendingOutput else { return }
    if let report = refusedCallers.take(now: now) {
      user.interface.show(.refused(address: report.caller, others: report.others))
    }
    if let report = failedCallers.take(now: now) {
      user.interface.show(.notAdmitted(caller: report.caller, others: report.others))
    }
  }

  func showReachEvents() {
    for event in reach.takeEvents() {
      if case .connecting(let target, _) = event, !reach.waits {
        guard target != shownTarget else { continue }
        shownTarget = target
      }
      if case .waiting = event, isLookingForCode {
        if settings.json { user.interface.show(event) } else { nobodyHasDigits() }
        continue
      }
      // A code is due, and nobody can come in before it.
      if case .waiting = event, nextCodeAt != nil { continue }
      // The code is shown once the relay has let this end wait in its room: before that somebody else may be there.
      if case .waiting = event, let code = codeOfRoom, let relays = reach.relays {
        shownCodeNumber = trust?.codeNumber
        roomsTried = 0
        user.interface.show(.waitingForCode(code.description, relays: relays))
      } else {
        user.interface.show(naming(event))
        if case .waiting = event { showCode() }
      }
    }
  }

  /// Whether this end was given a code and looks for the one who has it. That one waits first: the code is shown there
  /// once the relay has let it wait.
  private var isLookingForCode: Bool {
    guard case .connectByCode = settings.role else { return false }
    return conversation.phase == .waiting && exitReason == nil
  }

  /// Nobody waits in the room of the code: its digits were mistyped, or the other side is away for a moment. So a
  /// person is asked for the code again, and this end goes on waiting meanwhile.
  private func nobodyHasDigits() {
    guard let code = trust?.code, let relays = reach.relays else { return }
    let problem = "nobody waits with the digits \(code.digits) at \(relays.phrase) yet"
    guard let terminal = user.terminal, settings.codeOfFile == nil else {
      return user.interface.show(.note("\(problem); waiting"))
    }
    guard !terminal.isAskingForCode else { return }
    terminal.note("\(problem): wait, or type the code again once you have asked for it")
    terminal.askForCode()
  }

  /// An event of the way to a peer, with the name of a known one. The room of two who know each other is theirs alone,
  /// and that of a code says nothing, so people are not shown them.
  private func naming(_ event: EndpointEvent) -> EndpointEvent {
    if case .connecting(let target, nil) = event, isInRoomOfCode, let relays = reach.relays {
      return .connecting(to: target, known: relays.phrase)
    }
    guard let peer = trust?.expected else { return event }
    switch event {
    case .connecting(let target, _):
      let isRoom = reach.room.map { $0.route.description == target || $0.relays.description == target } ?? false
      let place = isRoom ? reach.relays?.phrase ?? target : target
      return .connecting(to: target, known: "\(peer.name) at \(place)")
    case .waiting(.room(let room, let relays), _) where MeetingSecret(bytes: peer.meetingSecret)?.room == room:
      return .waitingForKnown(name: peer.name.description, at: .room(room, relays: relays), relays: relays)
    default: return event
    }
  }

  /// Others meet in the room that the digits of the code name. Another code has other digits.
  private func anotherRoom() {
    roomsTried += 1
    guard roomsTried < Endpoint.roomsMax else {
      leave(ExitReason(.unavailable, "every room that was tried is taken", advice: "try another relay"))
      return
    }
    makeCode()
  }

  /// The code whose digits name the room that this end waits in; nil if the room has another name.
  private var codeOfRoom: PairingCode? { settings.waitsInRoomOfCode ? trust?.code : nil }

  private var isInRoomOfCode: Bool {
    if case .connectByCode = settings.role { true } else { settings.waitsInRoomOfCode }
  }

  private func judge(_ candidate: consuming Candidate) {
    if let trust {
      // Somebody else was in the room before: it is not the one of this code. Once the code was shown, the peer may
      // have come while this end was away.
      if codeOfRoom != nil, settings.codeOfFile == nil, candidate.position == .second,
        shownCodeNumber != trust.codeNumber
      {
        return anotherRoom()
      }
      return enter(candidate, trust)
    }
    let address = candidate.transportAddress
    let isBusy = exitReason != nil || conversation.phase != .waiting
    let makeSession = { [settings] peerMayBeBusy in
      PlainSession(party: settings.party, peerMayBeBusy: peerMayBeBusy, plainPeerEndWait: settings.plainPeerEndWait)
    }
    switch links.admit(candidate, isBusy: isBusy, makeSession, now: now) {
    case .current(let link): begin(link, .plain)
    case .refused: refusedCallers.add(address.family == .unix ? "somebody" : address.description)
    case .dropped: break
    }
  }

  /// - Parameter resumes: whether it is another link of the conversation that goes on.
  func begin(_ link: Link, _ security: LinkSecurity, resumes: Bool = false) {
    conversation.linkUp(acknowledges: link.session.acknowledges)
    noteLinkUp()
    if resumes {
      if interruption.take() != nil {
        user.interface.show(.resumed(peer: link.peerLabel, address: link.transportAddress.description))
      }
      return
    }
    connectedAt = now
    connectedTime = WallClock.system.now
    self.security = security
    user.interface.show(.linkUp(peer: link.peerLabel, address: link.transportAddress.description, security))
    user.interface.show(.secured(security))
    notifier?.add(.connected, peer: link.peerLabel, count: 1, hasFocus: user.terminal?.hasFocus)
    if user.input?.hasEnded == true { conversation.want(.inputEnded) }
  }
}
