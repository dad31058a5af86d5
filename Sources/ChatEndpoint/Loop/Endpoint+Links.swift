import ChatProtocol
import Sockets

/// The phases of a turn that handle links: reading, writing and reaching.
extension Endpoint {
  func readLinks() {
    guard let link = links.current else { return }
    let hadEnded = link.session.peerHasEnded
    link.read(polls, into: &conversation, now: now)
    if link.session.peerHasEnded, !hadEnded { user.interface.show(.peerEnded(peer: link.peer)) }
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
  }

  func showReachEvents() { for event in reach.takeEvents() { user.interface.show(event) } }

  private func judge(_ candidate: consuming Candidate) {
    let address = candidate.address
    let isBusy = exitReason != nil || conversation.phase != .waiting
    switch links.admit(candidate, isBusy: isBusy, party: settings.party, now: now) {
    case .current(let link): begin(link)
    case .refused: user.interface.show(.refused(address: address.description))
    case .dropped: break
    }
  }

  private func begin(_ link: Link) {
    conversation.linkUp()
    connectedAt = now
    connectedTime = WallClock.hoursAndMinutes()
    user.interface.show(.linkUp(peer: link.peer, address: link.address.description))
    user.interface.show(.notEncrypted)
    if user.input?.hasEnded == true { conversation.want(.inputEnded) }
  }
}
