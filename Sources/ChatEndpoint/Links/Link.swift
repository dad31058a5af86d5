import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// One transport connection with its session. It moves bytes between the two and orders the end. It decides nothing
/// about the conversation.
///
/// This end is announced in a fixed order: the last bytes of the session, then the channel's own end (an encrypted
/// channel has one, a clear channel has none), then the half-close. Only then does the session receive
/// ``Session/endSent(_:now:)``.
///
/// `Link+Breaking.swift` has the ends that nobody announced.
@MainActor
final class Link {
  /// The address at the other end of the transport connection: the peer's, or that of the relay between the two.
  let transportAddress: SocketAddress
  /// Whether a relay made it.
  let isAtRelay: Bool
  /// The peer's label at this end. It proves nothing: plain text carries no names.
  let peerLabel: String
  var session: any Session
  /// The error that broke the link; nil if none has.
  var linkError: SystemError?
  /// The rule of TLS that the peer broke; nil if it has not.
  var channelFailure: SecurityFailure?
  let channel: Channel
  /// When bytes of the peer last came, or the link was made.
  private(set) var receivedAt: Instant
  /// When the kernel is next asked whether the peer still answers; nil while nothing is owed to the peer.
  var healthCheckAt: Instant?

  /// The most reads, and the most writes, in one turn. A peer that floods the link leaves time for everything else.
  private static let transfersPerTurn = 8

  init(_ candidate: consuming Candidate, _ session: any Session, now: Instant) {
    receivedAt = now
    transportAddress = candidate.transportAddress
    isAtRelay = candidate.isAtRelay
    peerLabel = candidate.peerLabel
    self.session = session
    let socket = candidate.takeSocket()
    // An untuned socket carries the conversation as well, so a failure is ignored.
    try? socket.tuneForConversation(keepaliveAfter: Limits.keepaliveSeconds)
    channel = Channel(socket)
  }

  /// A link whose peer was let in.
  /// - Parameter name: what the peer is called here.
  init(_ admitted: AdmittedPeer, name: String, _ session: any Session, now: Instant) {
    receivedAt = now
    transportAddress = admitted.transportAddress
    isAtRelay = admitted.isAtRelay
    peerLabel = name
    channel = admitted.channel
    self.session = session
  }

  /// Registers the link's interest.
  /// - Parameter reads: whether received messages can be committed and shown now.
  func watch(in set: inout PollSet, reads: Bool, _ conversation: borrowing Conversation) {
    var interest: Interest = []
    if session.wantsToReceive, reads, channel.hasRoom { interest.insert(.reading) }
    if !session.bytesToSend(of: conversation).isEmpty || !channel.isFlushed { interest.insert(.writing) }
    // Without bytes to read or to send, only this interest reports a reset or a hang-up.
    if !session.wantsToReceive { interest.insert(.hangUp) }
    set.watch(channel.number, for: interest)
  }

  // MARK: Reading

  /// Reads the bytes that arrived into the inbox of the conversation, if the loop found any.
  /// - Parameter reads: whether received messages can be committed and shown now.
  func read(_ set: borrowing PollSet, reads: Bool, into conversation: inout Conversation, now: Instant) {
    let readiness = set.readiness(of: channel.number)
    guard session.wantsToReceive else {
      if readiness.contains(.hungUp) { hungUp(&conversation, now) }
      return
    }
    let isReadable = readiness.contains(.readable)
    if reads || isReadable { session.receiveMore(&conversation, now: now) }
    guard isReadable else { return }
    for _ in 0..<Link.transfersPerTurn
    where session.wantsToReceive && conversation.hasInboxRoom && channel.hasRoom {
      guard readOnce(into: &conversation, now) else { return }
    }
  }

  /// Takes text that came before the link was made.
  func received(_ text: [UInt8], _ conversation: inout Conversation, now: Instant) {
    if !text.isEmpty { session.received(text[...], &conversation, now: now) }
  }

  /// - Returns: whether more bytes may be there.
  private func readOnce(into conversation: inout Conversation, _ now: Instant) -> Bool {
    do throws(SystemError) {
      switch try channel.receive() {
      case .wouldBlock: return false
      case .end(let announced):
        receivedEnd(announced: announced, &conversation, now)
        return false
      case .failed(let failure):
        channelFailed(failure, &conversation, now)
        return false
      case .text(let more):
        receivedAt = now
        session.received(channel.text, &conversation, now: now)
        channel.consumeText()
        return more
      }
    } catch {
      readFailed(error, &conversation, now)
      return false
    }
  }

  // MARK: Writing

  /// Writes the bytes that the session has to send. It does not ask for readiness first, because a socket that is not
  /// ready reports that.
  func write(_ conversation: inout Conversation, now: Instant) {
    session.advance(&conversation, now: now)
    do throws(SystemError) {
      for _ in 0..<Link.transfersPerTurn where !session.bytesToSend(of: conversation).isEmpty {
        let count = try channel.send(session.bytesToSend(of: conversation))
        guard count > 0 else { break }
        session.sent(count, &conversation, now: now)
        healthCheckAt = healthCheckAt ?? now + Limits.healthCheckInterval
      }
      try channel.flush()
      if session.owesEnd(of: conversation) { channel.announceEnd() }
      if channel.hasHandedOver { session.endSent(&conversation, now: now) }
    } catch {
      sendFailed(error, &conversation, now)
    }
  }

  /// When ``deadlinePassed(_:now:)`` is due.
  var deadline: Instant? { nearest(session.deadline, healthCheckAt) }

  /// The deadline has come: the session's, or that of a health check.
  func deadlinePassed(_ conversation: inout Conversation, now: Instant) {
    if let due = session.deadline, due <= now {
      session.deadlinePassed(&conversation, unread: channel.hasUnreadBytes, now: now)
    }
    if let due = healthCheckAt, due <= now { checkHealth(&conversation, now) }
  }

  /// Hands the socket to its next owner, which closes it; nil after the first call.
  func takeSocket() -> Socket? { channel.takeSocket() }

  /// Sends the reason for which the session ends though the conversation goes on, and announces the end. A link that
  /// takes nothing now is ended without it.
  func oust(_ reason: Goodbye.Reason, _ conversation: borrowing Conversation, now: Instant) {
    guard var framed = session as? FramedSession else { return }
    // The session ends, and what it makes of the conversation with that is of no importance any more.
    var copy = copy conversation
    framed.refuse(reason, &copy, now: now)
    session = framed
    _ = try? channel.send(framed.bytesToSend(of: copy))
    channel.announceEnd()
  }

  // MARK: Silence

  /// For how many seconds nothing has come, if the prompt is to show that; else 0. In plain text a peer may be silent
  /// for as long as it likes.
  func shownSilence(now: Instant) -> Int {
    let seconds = Int((now - receivedAt).components.seconds)
    return session.acknowledges && seconds >= PromptState.silenceShownFrom ? seconds : 0
  }

  /// When ``shownSilence(now:)`` changes if nothing comes; nil if it stays as it is.
  func nextShownSilence(now: Instant) -> Instant? {
    guard session.acknowledges else { return nil }
    return receivedAt + .seconds(max(PromptState.silenceShownFrom, shownSilence(now: now) + 1))
  }
}
