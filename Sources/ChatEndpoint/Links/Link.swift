import Basics
import ChatProtocol
import Sockets

/// One transport connection with its session: moves bytes between the two, and orders the end. It decides nothing about the
/// conversation.
///
/// The end of our direction goes out in this order and no other: the last bytes of the session, then the channel's own end (an
/// encrypted channel has one, a clear channel has none), then the half-close. Only then is the session told that its end
/// was sent.
@MainActor
final class Link {
  let address: SocketAddress
  /// What the peer is called here: plain text carries no names.
  let peer: String
  /// Which of the two ends this is.
  let role: Candidate.Role
  private(set) var session: any Session
  /// What broke it, once something has.
  private(set) var fault: SystemError?
  private var socket: Socket?
  private let number: CInt
  private var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)

  /// Reads and writes in one turn, at most: a peer that floods leaves room for everything else.
  private static let transfersPerTurn = 8

  init(_ candidate: consuming Candidate, _ session: any Session) {
    address = candidate.address
    peer = candidate.peer
    role = candidate.role
    self.session = session
    let socket = candidate.takeSocket()
    number = socket.number
    // Only a comfort: a socket that cannot be tuned still carries the conversation.
    try? socket.tuneForConversation(probeAfter: Limits.probeSeconds)
    self.socket = consume socket
  }

  /// - reads: whether what arrives can be committed and shown now.
  func watch(in set: inout PollSet, reads: Bool, _ conversation: borrowing Conversation) {
    var interest: Interest = []
    if session.wantsInput, reads { interest.insert(.reading) }
    if !session.output(of: conversation).isEmpty { interest.insert(.writing) }
    // With nothing to read or to send, a reset or a hang-up shows here alone.
    if session.peerHasEnded { interest.insert(.hangUp) }
    set.watch(number, for: interest)
  }

  // MARK: Reading

  /// Reads what arrived, if the loop found any, into the inbox of the conversation.
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

  /// - Returns: whether more may be there.
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
        // A short read has emptied the socket: what comes later wakes the loop.
        return count == buffer.count
      }
    } catch {
      fault = error
      session.linkOver(failed: true, &conversation, now: now)
      return false
    }
  }

  private func hungUp(_ conversation: inout Conversation, _ now: Instant) {
    // The kernel reports the error once, to whichever call comes first.
    if let error = try? socket?.connectFailure() { fault = fault ?? error }
    session.linkOver(failed: fault != nil, &conversation, now: now)
  }

  // MARK: Writing

  /// Writes what waits, without asking whether it can: a socket that cannot reports so.
  func write(_ conversation: inout Conversation, now: Instant) {
    session.advance(&conversation, now: now)
    for _ in 0..<Link.transfersPerTurn where !session.output(of: conversation).isEmpty {
      do throws(SystemError) {
        guard case .moved(let count) = try socket?.send(session.output(of: conversation)) else { break }
        session.sent(count, &conversation, now: now)
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

  /// The session's deadline has come.
  func deadlinePassed(_ conversation: inout Conversation, now: Instant) {
    session.deadlinePassed(&conversation, now: now)
  }

  /// Hands the socket on, once, to be closed in its own time.
  func takeSocket() -> Socket? { socket.take() }
}
