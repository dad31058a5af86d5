import Basics
import ChatProtocol
import Sockets

/// One transport connection and the conversation on it: moves bytes between the two, and decides nothing.
@MainActor
final class Link {
  let address: SocketAddress
  /// What the peer is called here: plain text carries no names.
  let peer: String
  var conversation: PlainConversation
  private let socket: Socket
  private var buffer = [UInt8](repeating: 0, count: Limits.readBytesMax)
  /// What broke it, once something has.
  private(set) var fault: SystemError?

  /// Reads and writes in one turn, at most: a peer that floods leaves room for everything else.
  private static let transfersPerTurn = 8

  init(_ socket: consuming Socket, to address: SocketAddress, peer: String, conversation: PlainConversation) {
    self.socket = socket
    self.address = address
    self.peer = peer
    self.conversation = conversation
    // Only a comfort: a socket that cannot be tuned still carries the conversation.
    try? self.socket.tuneForConversation(probeAfter: Limits.probeSeconds)
  }

  /// Bytes the peer's machine had not acknowledged when that was last looked at.
  private(set) var unacknowledgedBytes = 0
  /// When a link that is over is looked at again, and when that has taken too long.
  private(set) var lookAgainAt: Instant?
  private var settleBy: Instant?
  /// A link that is over is looked at again after this, then after twice that, up to a longest: the kernel tells nobody
  /// when the last acknowledgement comes, which is at once on one machine and a round trip later across the world.
  private var lookDelay = Duration.milliseconds(1)
  private static let lookDelayMax = Duration.milliseconds(64)

  /// - takesMessages: whether what arrives can be shown now.
  func watch(in set: inout PollSet, takesMessages: Bool) {
    var interest: Interest = []
    if conversation.wantsInput, takesMessages { interest.insert(.reading) }
    if !conversation.output.isEmpty { interest.insert(.writing) }
    set.watch(socket.number, for: interest)
  }

  /// Whether everything of a conversation that is over has reached the peer's machine, or will never: only then may the
  /// link be let go, because nobody would tell us later. The peer may be as silent about it as about anything else.
  func isSettled(now: Instant) -> Bool {
    guard conversation.ending == .goodbye || conversation.ending == .peerStayed else { return true }
    let before = unacknowledgedBytes
    unacknowledgedBytes = socket.unacknowledgedBytes
    guard unacknowledgedBytes > 0 else { return true }
    if let error = try? socket.connectFailure() {
      fault = error
      return true
    }
    let patience = conversation.isLeaving ? Limits.goodbyeWait : Limits.batchDrainSilence
    if settleBy == nil || unacknowledgedBytes < before { settleBy = now + patience }
    if settleBy! <= now { return true }
    lookAgainAt = now + lookDelay
    lookDelay = min(lookDelay * 2, Link.lookDelayMax)
    return false
  }

  /// Reads what arrived, if the loop was told so.
  /// - Parameter onMessages: shows what is in the inbox and says whether more can be shown.
  func read(_ set: borrowing PollSet, now: Instant, onMessages: (MessageBatch) -> Bool) {
    guard set.readiness(of: socket.number).contains(.readable) else { return }
    var takesMore = true
    for _ in 0..<Link.transfersPerTurn where takesMore && conversation.wantsInput {
      do throws(SystemError) {
        switch try socket.receive(into: &buffer) {
        case .wouldBlock: return
        case .endOfStream: conversation.receivedEnd(now: now)
        case .moved(let count):
          conversation.received(buffer[..<count], now: now)
          // A short read has emptied the socket: what comes later wakes the loop.
          if count < buffer.count { takesMore = false }
        }
      } catch {
        fault = error
        conversation.linkBroke(now: now)
      }
      if !conversation.inbox.isEmpty {
        takesMore = onMessages(conversation.inbox) && takesMore
        conversation.inbox.removeAll()
      }
    }
  }

  /// Writes what waits, without asking whether it can: a socket that cannot says so.
  func write(now: Instant) {
    for _ in 0..<Link.transfersPerTurn where !conversation.output.isEmpty {
      do throws(SystemError) {
        guard case .moved(let count) = try socket.send(conversation.output) else { break }
        conversation.sent(count, now: now)
      } catch {
        fault = fault ?? error
        conversation.sendBroke(now: now)
      }
    }
    if conversation.wantsHalfClose {
      socket.halfClose()
      conversation.halfClosed()
    }
  }
}
