import Basics
import ChatProtocol

/// An endpoint without a user, which delivers what is in the store.
extension Endpoint {
  /// Leaves once the peer has everything, and this end has that on the disk: the caller forgets the messages then.
  func leaveOnceDelivered() {
    guard case .stored = settings.input, exitReason == nil, let kept, conversation.unsentCount == 0 else { return }
    do throws(Failure) {
      try kept.commitRest(&conversation)
      leave(ExitReason(.success))
    } catch {
      leave(ExitReason(error))
    }
  }

  /// Leaves because the time is over. While no link was up, reaching the peer has the same time, and says more.
  func leaveUndelivered() {
    deliverBy = now + Duration.seconds(1)
    if exitReason == nil {
      guard conversation.phase != .waiting, let peer = trust?.expected else { return }
      let sentence = ConversationOutcome.waiting(conversation.unsentCount, for: peer.name.description)
      leave(ExitReason(.undelivered, sentence))
    }
    (deliverBy, isOutOfTime, abandonBy) = (nil, true, now + Limits.drainSilence)
  }

  /// Gives up a proper end. A reader that takes nothing keeps the link from being read, and so from ending.
  func abandonUndelivered() {
    abandonBy = nil
    conversation.want(.abandon)
  }
}
