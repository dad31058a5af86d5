import Basics
import ChatProtocol
import MessageStore
import PeerSecurity
import Sockets

/// Letting peers in over encrypted links, and coming in at theirs.
extension Endpoint {
  /// Takes a link that was made, and begins the handshake on it.
  func enter(_ candidate: consuming Candidate, _ trust: Trust) {
    do throws(SecurityFailure) {
      let giveUpAt = candidate.isRequested ? reach.giveUpAt : nil
      links.add(
        try SecureCandidate(candidate, trust, giveUpAt: giveUpAt, now: now) { [unowned self] in nextGreeting() })
    } catch {
      leave(ExitReason(.entry(.security(error))))
    }
  }

  private func nextGreeting() -> Greeting {
    generation += 1
    return Greeting(
      isPerson: settings.party == .person, name: settings.name, incarnation: conversation.incarnation,
      generation: generation, keepsStore: keepsStore)
  }

  /// Takes the next step with the links that are on their way in.
  func stepCandidates() {
    do throws(Failure) {
      for candidate in try links.stepCandidates(polls, entryRule, now: now) { try conclude(candidate) }
    } catch {
      leave(ExitReason(error))
    }
  }

  private func conclude(_ candidate: SecureCandidate) throws(Failure) {
    let isOwn = candidate.isRequested && !reach.waits
    switch candidate.outcome {
    case .admitted(let peer): try admit(peer)
    case .codeNeeded where isForConversation(candidate, failed: .codeMissing): break
    case .failed(let failure) where isForConversation(candidate, failed: failure): break
    // The two have another link.
    case .failed(.otherLink), .failed(.refusedByPeer(Goodbye(.olderGeneration))): break
    // A caller with a code asks nothing of the one who waits: that may be without one for a while.
    case .codeNeeded: if isOwn { codeNeeded(because: nil) } else { callerFailed(.nobodyHasCode, candidate) }
    case .failed(let failure): if isOwn { entryFailed(failure, candidate) } else { callerFailed(failure, candidate) }
    case nil: break
    }
  }

  /// This end did not come in.
  private func entryFailed(_ failure: EntryFailure, _ candidate: SecureCandidate) {
    // It leaves, so there is a reason already.
    if failure == .busyHere { return }
    if failure == .wrongCode {
      trust?.dropCode()
      if user.terminal != nil, settings.codeOfFile == nil { return codeNeeded(because: failure.report.problem) }
    }
    // The code that was typed is void: wrong ones came. A new one is on its way to the screen of the other side.
    if failure == .peerLacksCode, trust?.code != nil, user.terminal != nil, settings.codeOfFile == nil {
      trust?.dropCode()
      return codeNeeded(
        because: "the other side has no code now: after three wrong ones it shows a new one in a while; ask for that")
    }
    // A code of which a guess was made is not tried again by itself.
    if !candidate.hasGuessed, reach.tryAgain(after: .entry(failure), atRelay: candidate.isAtRelay, now: now) { return }
    leave(after: .entry(failure))
  }

  /// Somebody who came was not let in.
  private func callerFailed(_ failure: EntryFailure, _ candidate: SecureCandidate) {
    switch failure {
    case .busyHere: refusedCallers.add(caller(candidate))
    // A guess counts, however the link of it ended.
    case _ where candidate.hasGuessed && !candidate.hasPaired:
      if let trust { user.interface.show(.wrongCode(address: caller(candidate), guessesLeft: trust.guessesLeft)) }
    // It is known here, and comes as a stranger. Nothing this end does by itself brings the two together.
    case .nobodyHasCode where candidate.isKnown:
      failedCallers.add(
        "\(peerLabel ?? caller(candidate)) does not know your key any more: have its files been lost? To pair again, "
          + "leave and run 'tincan serve', which shows a code")
    // It asks its person for the code, and comes again.
    case .peerLacksCode, .nobodyHasCode: break
    default: failedCallers.add("\(caller(candidate)): \(failure.report.problem)")
    }
    if trust?.isCodeVoid == true { codeIsVoid() }
    if candidate.isRequested { reach.again(wasUseful: false, now: now) }
  }

  private func caller(_ candidate: SecureCandidate) -> String {
    // The address of such a link is the relay's.
    if candidate.isAtRelay, let relays = reach.relays { return "somebody at \(relays.phrase)" }
    return candidate.transportAddress.family == .unix ? "somebody" : candidate.transportAddress.description
  }

  // MARK: Codes

  /// The two have not met. The person is asked for the code that the other one reads aloud.
  func codeNeeded(because problem: String?) {
    guard let terminal = user.terminal, let trust, !trust.makesCode else {
      return leave(after: .entry(.codeMissing))
    }
    reach = .idle
    terminal.note(problem ?? unmet(trust))
    terminal.askForCode()
  }

  private func unmet(_ trust: Trust) -> String {
    if let expected = trust.expected {
      return
        "\(expected.name) does not know your key any more: have files been lost there? Its window shows a code; ask "
        + "for it"
    }
    return "you two have not met yet: the other side's window shows a code; ask for it"
  }

  /// The person has typed the code.
  func take(_ code: PairingCode) {
    do throws(Failure) {
      trust?.take(code)
      try beginReaching()
    } catch {
      leave(ExitReason(error))
    }
  }

  /// Too many guessed. A person gets a new code, later each time; a program has no use for one.
  private func codeIsVoid() {
    guard user.terminal != nil, settings.codeOfFile == nil else {
      trust?.endPairing()
      guard reach.servesAgain else { return leave(after: .entry(.codeVoid)) }
      let advice = settings.codeOfFile == nil ? "begin anew" : "remove the code file, and begin anew"
      return user.interface.show(.note("three wrong codes came: only known ones are let in now; for others \(advice)"))
    }
    trust?.dropCode()
    nextCodeAt = now + codePause
    codePause = min(codePause * 2, Endpoint.codePauseMax)
    user.interface.show(.note("three wrong codes: there is a new one in a moment, when nobody can have more guesses"))
  }

  /// Shows a new code when it is due.
  func renewCode() {
    guard let due = nextCodeAt, due <= now else { return }
    nextCodeAt = nil
    makeCode()
  }

  /// Makes a code. Where it names the room at a relay, this end waits there from now on.
  func makeCode() {
    guard let trust else { return }
    do throws(Failure) {
      trust.take(settings.codeOfFile ?? Trust.newCode())
      if settings.waitsInRoomOfCode { try beginReaching() } else { showCode() }
    } catch {
      leave(ExitReason(error))
    }
  }

  /// Shows the code to the person who reads it aloud.
  func showCode() {
    guard let trust, trust.needsCodeOfItsOwn, let code = trust.code else { return }
    user.interface.show(.code(code.description))
  }

  // MARK: Let in

  private func admit(_ peer: AdmittedPeer) throws(Failure) {
    guard try isVouchedFor(peer) else {
      failedCallers.add("\(peer.peerLabel): nobody vouches for it any more")
      return
    }
    let returns = makeWay(for: peer)
    let security = try remember(peer, returns: returns)
    let name =
      switch security {
      case .paired(let name?, _), .known(let name): name
      case .paired(nil, _), .open, .plain: peer.greeting?.name.map(nameBesideOwn) ?? peer.peerLabel
      }
    if security.isOfKnownPeer, let fingerprint = peer.fingerprint {
      try takeUp(with: fingerprint.bytes, called: name)
    }
    let session: any Session
    if let greeting = peer.greeting {
      session = FramedSession(party: settings.party, peer: greeting, rest: peer.rest, now: now)
    } else {
      session = PlainSession(
        party: settings.party, peerMayBeBusy: false, plainPeerEndWait: settings.plainPeerEndWait)
    }
    peer.channel.tls?.padsRecords = settings.party == .person
    let link = Link(peer, name: name, session, now: now)
    links.admit(link)
    user.terminal?.endCodeQuestion()
    reach.stop()
    if security != .open { trust?.notePresent(peer.fingerprint, isPinned: security.isOfKnownPeer) }
    begin(link, security, resumes: returns)
    // Bytes that came with the last of the handshake are in no socket, so nothing would wake the loop for them.
    if peer.greeting == nil { link.received(peer.rest, &conversation, now: now) }
    writeLinks()
    commit()
  }

  /// The name of a peer that has this end's own name would stand before the messages of both.
  private func nameBesideOwn(_ name: String) -> String { name == settings.name ? "\(name)-2" : name }

  /// Whether a peer may still come in that was let in: the conversation that vouched for it may have ended since.
  private func isVouchedFor(_ peer: AdmittedPeer) throws(Failure) -> Bool {
    guard let trust, !trust.isOpen, let key = peer.fingerprint else { return true }
    if peer.secret != nil || key == peerKey { return true }
    return try trust.knownPeer(key) != nil
  }

  /// Pins a peer that was paired with, and notes that a known one was met.
  /// - Parameter returns: whether it comes back to a conversation that goes on.
  private func remember(_ peer: AdmittedPeer, returns: Bool) throws(Failure) -> LinkSecurity {
    guard let trust, let fingerprint = peer.fingerprint else { return .open }
    let relay = peer.isAtRelay ? reach.relays?.description : nil
    let address = peer.position == .second && relay == nil ? reach.dialledAddress : nil
    if let secret = peer.secret {
      let name =
        try peer.isEphemeral
        ? nil
        : trust.pin(
          fingerprint, proposing: peer.greeting?.name, secret: secret, met: relay == nil ? .directly : .atRelay,
          address: address, relay: relay)
      trust.codeWasUsed()
      nextCodeAt = nil
      return .paired(name: name?.description, meeting(with: peer, trust))
    }
    guard let known = try trust.knownPeer(fingerprint) else { return returns ? security : .open }
    try trust.noteMet(fingerprint, address: address, relay: relay)
    return .known(name: known.name.description)
  }

  /// How this end and one that has just been paired with meet again.
  private func meeting(with peer: AdmittedPeer, _ trust: Trust) -> LinkSecurity.Meeting {
    if peer.fingerprint == trust.identity.fingerprint { return .withOneself }
    if peer.isAtRelay { return .atRelay }
    let options = reach.listeningOptions
    return peer.position == .first ? .listening(options: options) : .dialling(options: options)
  }
}
