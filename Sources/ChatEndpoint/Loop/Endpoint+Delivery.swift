import Basics
import ChatProtocol

/// An endpoint without a user, which delivers what is in the store.
extension Endpoint {
  /// Leaves once the peer has everything.
  func leaveOnceDelivered() {
    guard case .stored = settings.input, exitReason == nil, kept != nil, conversation.unsentCount == 0 else { return }
    leave(ExitReason(.success))
  }

  /// Leaves because the time is over. While no link was up, reaching the peer has the same time, and says more.
  func leaveUndelivered() {
    deliverBy = now + Duration.seconds(1)
    guard exitReason == nil, conversation.phase != .waiting, let peer = trust?.expected else { return }
    let sentence = ConversationOutcome.waiting(conversation.unsentCount, for: peer.name.description)
    leave(ExitReason(.undelivered, sentence))
  }
}
