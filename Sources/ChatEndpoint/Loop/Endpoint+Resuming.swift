import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The facts about a link that is gone.
struct LostLink {
  let peerLabel: String
  /// Whether the peer ended before this end had begun to.
  let peerLeftFirst: Bool
  /// nil for a peer that does not acknowledge.
  let acknowledged: EndedConversation.Acknowledged?
  let linkError: SystemError?
  let channelFailure: SecurityFailure?

  @MainActor
  init(_ link: Link) {
    peerLabel = link.peerLabel
    peerLeftFirst = link.session.peerLeftFirst
    acknowledged = (link.session as? FramedSession).map { .init(peerIsPerson: $0.peer.isPerson) }
    linkError = link.linkError
    channelFailure = link.channelFailure
  }

  /// How it was lost, as a part of a sentence.
  func reason(_ ending: SessionEnding) -> String {
    switch ending {
    case .silent: "no sign of life"
    case .refusedByPeer(.takenOver): "another program of yours goes on with the conversation"
    case .refusedByPeer(.olderGeneration): "there is a newer one"
    default: channelFailure.map { "\($0)" } ?? linkError.map { "\($0)" } ?? "it ended without a goodbye"
    }
  }
}

/// A conversation without a link, from the loss of one to the next.
struct Interruption {
  let link: LostLink
  let ending: SessionEnding
  let since: Instant
  /// When the peer is not waited for any longer; nil for never.
  let giveUpAt: Instant?
  /// Whether this end does not look for the peer by itself, because another opening has the conversation.
  var isParked: Bool
}

/// A conversation that outlives its links: the loss of one, the return of the peer, and the end of the waiting.
extension Endpoint {
  /// While the conversation is interrupted, nobody else is let in for this long. With `--keep` its place is free then.
  private static let interruptedKeepTime = Duration.seconds(60)

  /// The rule that says which peers this end lets in now.
  var entryRule: EntryRule {
    switch conversation.phase {
    case .waiting: return exitReason == nil ? .anybody : .nobody
    case .linked, .interrupted:
      guard let peerKey else { return .nobody }
      let isFree = interruption.map { now - $0.since >= Endpoint.interruptedKeepTime } ?? false
      return .only(
        peerKey, linkChoice, isLinked: links.current != nil,
        orOthers: isFree && reach.servesAgain && exitReason == nil)
    case .over: return .nobody
    }
  }

  // MARK: Losing a link

  /// Whether the conversation goes on with another link than this one, whose session is over.
  func canResume(after link: Link) -> Bool {
    // An end that leaves has no time to look for its peer, and one whose peer leaves will not find it.
    link.session.resumes && peerKey != nil && conversation.wish < .leave && settings.giveUpAfter != .zero
  }

  /// How many messages have arrived for certain, in both directions.
  private var progress: Int { conversation.receivedCount + conversation.writtenCount - conversation.unsentCount }

  /// A link of this length was useful, even without a message. The relay that paired it is asked again at once.
  static let usefulTime = Duration.seconds(10)

  /// Notes that a link is up, to tell later whether it was useful.
  func noteLinkUp() { (linkUpAt, progressAtLinkUp) = (now, progress) }

  /// Drops the current link, and begins to look for the peer.
  func interrupt(_ link: Link, _ ending: SessionEnding) {
    let lost = LostLink(link)
    interruption = Interruption(
      link: lost, ending: ending, since: now, giveUpAt: settings.giveUpAfter.map { now + $0 },
      isParked: ending == .refusedByPeer(.takenOver))
    links.dropCurrent()
    (nextProgress, isAskedAboutRepeat) = (nil, false)
    user.interface.show(.interrupted(peer: lost.peerLabel, reason: lost.reason(ending)))
    let wasUseful = now - linkUpAt >= Endpoint.usefulTime || progress > progressAtLinkUp
    // One that is on its way in may be the newer link that the peer uses.
    if interruption?.isParked == false, !links.hasRequestedCandidate {
      reach.reconnect(wasUseful: wasUseful, now: now)
    }
  }

  /// Ends the conversation when the peer is not waited for any longer.
  func endInterruption() {
    guard let interruption else { return }
    if exitReason != nil || interruption.giveUpAt.map({ $0 <= now }) ?? false {
      isOutOfTime = isOutOfTime || exitReason == nil && !reach.servesAgain
      giveUp(interruption, goesOn: exitReason == nil && reach.servesAgain)
    }
  }

  private func giveUp(_ interruption: Interruption, goesOn: Bool) {
    self.interruption = nil
    conversation.gaveUp(interruption.ending)
    let ended = ended(interruption.link, interruption.ending, goesOn: goesOn)
    settle(ended, isTaken: false)
    if goesOn { waitForNext(after: ended) }
  }

  // MARK: At the person's wish

  /// Looks for the peer at once. After another opening has taken the conversation over, this end takes it back: it goes
  /// on as a new opening, because the peer refuses an earlier one while the other is linked.
  func reconnect(_ terminal: TerminalInterface) {
    guard let interruption, exitReason == nil else {
      return terminal.note(links.current == nil ? "nobody was connected yet" : "the link is up")
    }
    if !interruption.isParked { return reach.networkChanged(now: now) }
    self.interruption?.isParked = false
    if kept != nil {
      conversation.reopen(as: Endpoint.newIncarnation())
      owedAtOpening = conversation.unsentCount
    }
    reach.reconnect(wasUseful: true, now: now)
    if reach.waits { terminal.note("\(interruption.link.peerLabel) is let in again when it connects") }
  }

  // MARK: Another link

  /// Whether a link that failed on its way in was one for the conversation that goes on. Then another one follows it,
  /// if there is none yet.
  func isForConversation(_ candidate: SecureCandidate, failed failure: EntryFailure) -> Bool {
    guard peerKey != nil, candidate.isRequested else { return false }
    if case .refusedByPeer(let goodbye) = failure, goodbye.reason == .takenOver {
      interruption?.isParked = true
    } else if failure.endsConversation {
      leave(after: .entry(failure))
    } else if interruption?.isParked == false,
      !reach.tryAgain(after: .entry(failure), atRelay: candidate.isAtRelay, now: now)
    {
      reach.reconnect(wasUseful: false, now: now)
    }
    return true
  }

  /// Makes the place of the current link free for a peer that was let in.
  /// - Returns: whether the conversation goes on, rather than a new one beginning.
  func makeWay(for comer: AdmittedPeer) -> Bool {
    let goesOn = peerKey != nil && peerKey == comer.fingerprint
    if !goesOn, let interruption { giveUp(interruption, goesOn: true) }
    // A foreign program does not come back.
    guard let names = comer.names else { return false }
    peerKey = comer.fingerprint
    let verdict = linkChoice.judge(names, isLinked: links.current != nil)
    if links.current != nil {
      commit()
      links.oustCurrent(verdict == .useInstead ? .takenOver : .olderGeneration, conversation, now: now)
      conversation.linkEnded(.broken, resumes: true)
    }
    return goesOn
  }

  /// The name of the peer, with a link or without.
  var peerLabel: String? {
    links.current?.peerLabel ?? interruption?.link.peerLabel ?? (kept == nil ? nil : trust?.expected?.name.description)
  }
}
