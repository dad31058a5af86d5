import Basics
import ChatProtocol
import Glibc
import Sockets

/// One transport connection with its session. It moves bytes between the two and orders the end. It decides nothing
/// about the conversation.
///
/// This end is announced in a fixed order: the last bytes of the session, then the channel's own end (an encrypted
/// channel has one, a clear channel has none), then the half-close. Only then does the session receive
/// ``Session/endSent(_:now:)``.
@MainActor
final class Link {
  let address: SocketAddress
  /// The peer's name at this end. Plain text carries no names.
  let peer: String
  /// The role of this end of the link.
  let role: Candidate.Role
  private(set) var session: any Session
  /// The error that broke the link; nil if none has.
  private(set) var fault: SystemError?
  private var socket: Socket?
  private let number: CInt
  /// When the kernel is next asked whether the peer still answers; nil while nothing is owed to the peer.
  private var healthCheckAt: Instant?
  private var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)

  /// The most reads, and the most writes, in one turn. A peer that floods the link leaves time for everything else.
  private static let transfersPerTurn = 8

  init(_ candidate: consuming Candidate, _ session: any Session) {
    address = candidate.address
    peer = candidate.peer
    role = candidate.role
    self.session = session
    let socket = candidate.takeSocket()
    number = socket.number
    // An untuned socket carries the conversation as well, so a failure is ignored.
    try? socket.tuneForConversation(keepaliveAfter: Limits.keepaliveSeconds)
    self.socket = consume socket
  }

  /// Registers the link's interest.
  /// - Parameter reads: whether received messages can be committed and shown now.
  func watch(in set: inout PollSet, reads: Bool, _ conversation: borrowing Conversation) {
    var interest: Interest = []
    if session.wantsInput, reads { interest.insert(.reading) }
    if !session.output(of: conversation).isEmpty { interest.insert(.writing) }
    // Without bytes to read or to send, only this interest reports a reset or a hang-up.
    if session.peerHasEnded { interest.insert(.hangUp) }
    set.watch(number, for: interest)
  }

  // MARK: Reading

  /// Reads the bytes that arrived into the inbox of the conversation, if the loop found any.
  func read(_ set: borrowing PollSet, into conversation: inout Conversation, now: Instant) {
    let readiness = set.readiness(of: number)
    if session.peerHasEnded {
      if readiness.contains(.hungUp) { hungUp(&conversation, now) }
      return
    }
    guard readiness.contains(.readable) else { return }
    for _ in 0..<Link.transfersPerTurn where session.wantsInput && conversation.hasInboxRoom {
      guard readOnce(into: &conversation, now) else { return }
    }
  }

  /// - Returns: whether more bytes may be there.
  private func readOnce(into conversation: inout Conversation, _ now: Instant) -> Bool {
    do throws(SystemError) {
      switch try socket?.receive(into: &buffer) {
      case .wouldBlock, nil: return false
      case .endOfStream:
        // A clear channel has no way of its own to announce an end: every end of stream counts as announced.
        session.receivedEnd(announced: true, &conversation, now: now)
        return false
      case .moved(let count):
        session.received(buffer[..<count], &conversation, now: now)
        // A short read has emptied the socket. Later bytes wake the loop.
        return count == buffer.count
      }
    } catch {
      fault = error
      session.linkOver(failed: true, &conversation, now: now)
      return false
    }
  }

  private func hungUp(_ conversation: inout Conversation, _ now: Instant) {
    // The kernel reports the error only once, to the first call that asks.
    if let error = try? socket?.takePendingError(of: "recv") { fault = fault ?? error }
    session.linkOver(failed: fault != nil, &conversation, now: now)
  }

  // MARK: Writing

  /// Writes the session's output. It does not ask for readiness first, because a socket that is not ready reports that.
  func write(_ conversation: inout Conversation, now: Instant) {
    session.advance(&conversation, now: now)
    for _ in 0..<Link.transfersPerTurn where !session.output(of: conversation).isEmpty {
      do throws(SystemError) {
        guard case .moved(let count) = try socket?.send(session.output(of: conversation)) else { break }
        session.sent(count, &conversation, now: now)
        healthCheckAt = healthCheckAt ?? now + Limits.healthCheckInterval
      } catch {
        fault = fault ?? error
        session.sendFailed(&conversation, now: now)
      }
    }
    if session.owesEnd(of: conversation) {
      socket?.halfClose()
      session.endSent(&conversation, now: now)
    }
  }

  /// When ``deadlinePassed(_:now:)`` is due.
  var deadline: Instant? { nearest(session.deadline, healthCheckAt) }

  /// The deadline has come: the session's, or that of a health check.
  func deadlinePassed(_ conversation: inout Conversation, now: Instant) {
    if let due = session.deadline, due <= now { session.deadlinePassed(&conversation, now: now) }
    if let due = healthCheckAt, due <= now { checkHealth(&conversation, now) }
  }

  /// Asks the kernel whether the peer still answers. Keepalive does so only on a silent link: while bytes are in
  /// flight, or wait because the peer does not read, nothing else notices a peer that vanished.
  private func checkHealth(_ conversation: inout Conversation, _ now: Instant) {
    healthCheckAt = nil
    guard let health = socket?.health else { return }
    if health.isVanished(after: Limits.vanishedTime) {
      fault = fault ?? SystemError(call: "recv", code: ETIMEDOUT)
      session.linkOver(failed: true, &conversation, now: now)
    } else if health.state != .idle {
      healthCheckAt = now + Limits.healthCheckInterval
    }
  }

  /// Hands the socket to its next owner, which closes it; nil after the first call.
  func takeSocket() -> Socket? { socket.take() }
}
