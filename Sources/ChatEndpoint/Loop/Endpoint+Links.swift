import ChatProtocol
import Sockets

/// The phases of a turn that handle links: reading, writing and reaching.
extension Endpoint {
  func readLinks() {
    guard let link = links.current else { return }
    let hadEnded = link.session.peerHasEnded
    link.read(polls, into: &conversation, now: now)
    if link.session.peerHasEnded, !hadEnded { peerEnded(link) }
  }

  private func peerEnded(_ link: Link) {
    user.interface.show(.peerEnded(peer: link.peerLabel))
    guard case .batch(let interface, _) = user, !reach.servesAgain else { return }
    commit()
    interface.endMessages()
  }

  func writeLinks() {
    links.current?.write(&conversation, now: now)
    concludeLink()
  }

  /// Takes the next step towards a link, and judges the candidate if there is one.
  func takeCandidates() {
    switch reach.step(polls, now: now) {
    case .nothing: showReachEvents()
    case .failed(let failure):
      showReachEvents()
      let reason = ExitReason(failure)
      leave(reason)
      user.interface.show(.failed(reason: reason.sentence ?? "", status: reason.status))
    case .candidate(let candidate):
      showReachEvents()
      judge(candidate)
    }
    reportRefusedCallers()
  }

  /// Nothing that callers can cause queues up: while the user takes nothing, they are counted.
  private func reportRefusedCallers() {
    guard user.interface.pendingLines == 0, let report = refusedCallers.take(now: now) else { return }
    user.interface.show(.refused(address: report.caller, others: report.others))
  }

  func showReachEvents() { for event in reach.takeEvents() { user.interface.show(event) } }

  private func judge(_ candidate: consuming Candidate) {
    let address = candidate.transportAddress
    let isBusy = exitReason != nil || conversation.phase != .waiting
    let makeSession = { [settings] peerMayBeBusy in
      PlainSession(party: settings.party, peerMayBeBusy: peerMayBeBusy, peerSilenceMax: settings.peerSilenceMax)
    }
    switch links.admit(candidate, isBusy: isBusy, makeSession, now: now) {
    case .current(let link): begin(link)
    case .refused: refusedCallers.add(address.family == .unix ? "somebody" : address.description)
    case .dropped: break
    }
  }

  private func begin(_ link: Link) {
    conversation.linkUp()
    connectedAt = now
    connectedTime = WallClock.system.now
    user.interface.show(.linkUp(peer: link.peerLabel, address: link.transportAddress.description))
    user.interface.show(.notEncrypted)
    if user.input?.hasEnded == true { conversation.want(.inputEnded) }
  }
}
