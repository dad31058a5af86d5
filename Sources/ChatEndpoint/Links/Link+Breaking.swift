import Basics
import ChatProtocol
import Glibc
import PeerSecurity
import Sockets

/// The ways in which a link breaks, and how each is told from the peer's announced end.
///
/// A reset makes the socket readable, writable and hung up. The kernel gives the error once, to the first call that
/// meets it:
///
/// - A read: the session is over. The bytes before the reset were read already.
/// - A write: the session sends no more, and the bytes before the reset are still read. An end of stream follows,
///   because the kernel has no error left for the read. It is not the peer's end.
/// - Neither, because nothing is to be read or sent: the hang-up is reported, and the error is taken from the socket.
///
/// From here a break goes to the session, whose state decides what it ends; then to `Endpoint+Leaving`, which drops the
/// link; then to ``ConversationOutcome``, which says what is lost and sets the exit status.
///
/// A peer that vanished sends no reset. While bytes are owed to it, the link asks the kernel whether it still answers.
extension Link {
  /// A read met an error.
  func readFailed(_ error: SystemError, _ conversation: inout Conversation, _ now: Instant) {
    linkError = error
    session.linkOver(failed: true, &conversation, now: now)
  }

  /// A write met an error. Bytes that the peer sent before may still be there.
  func sendFailed(_ error: SystemError, _ conversation: inout Conversation, _ now: Instant) {
    linkError = linkError ?? error
    session.sendFailed(&conversation, now: now)
  }

  /// A read found the end of the stream. On a clear channel it is the peer's announced end, unless a write has met the
  /// error before: there is no other way to announce one.
  func receivedEnd(announced: Bool, _ conversation: inout Conversation, _ now: Instant) {
    // EPIPE alone says that the link takes no more. The peer's end may stand before that.
    if let linkError, linkError.code != EPIPE {
      session.linkOver(failed: true, &conversation, now: now)
    } else if !announced, !session.acknowledges {
      // Lines have no goodbye but the end of the stream, and over TLS anybody on the way can make one that was not
      // announced.
      channelFailed(.truncated, &conversation, now)
    } else {
      session.receivedEnd(announced: announced, &conversation, now: now)
    }
  }

  /// The peer does not keep to TLS.
  func channelFailed(_ failure: SecurityFailure, _ conversation: inout Conversation, _ now: Instant) {
    channelFailure = failure
    session.linkOver(failed: true, &conversation, now: now)
  }

  /// Both directions are over, and no read or write is due that would meet the error.
  func hungUp(_ conversation: inout Conversation, _ now: Instant) {
    if let error = channel.takePendingError(of: "recv") { linkError = linkError ?? error }
    session.linkOver(failed: linkError != nil, &conversation, now: now)
  }

  /// Asks the kernel whether the peer still answers. Keepalive does so only on a silent link: while bytes are in
  /// flight, or wait because the peer does not read, nothing else notices a peer that vanished.
  func checkHealth(_ conversation: inout Conversation, _ now: Instant) {
    healthCheckAt = nil
    guard let health = channel.health else { return }
    if health.isVanished(after: Limits.vanishedTime) {
      linkError = linkError ?? SystemError(call: "recv", code: ETIMEDOUT)
      session.linkOver(failed: true, &conversation, now: now)
    } else if health.state != .idle {
      healthCheckAt = now + Limits.healthCheckInterval
    }
  }
}
