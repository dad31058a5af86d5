/// The reaction of an endpoint to a network that may have changed. Only an encrypted conversation outlives its link, so
/// an endpoint for plain text does not ask.
extension Endpoint {
  /// Looks at the current link and hastens the way to the next, if there is a reason.
  func noticeNetwork() {
    guard network?.step(polls, now: now) == true else { return }
    links.current?.session.probe(now: now)
    reach.networkChanged(now: now)
    if conversation.phase == .interrupted { links.networkChanged(now: now) }
  }
}
