import Basics
import ChatProtocol
import PeerSecurity
import Sockets

/// The link to a relay until it has paired this end with the peer. It moves bytes between a socket and a ``RelayJoin``.
@MainActor
final class RelayLink {
  private let address: SocketAddress
  private let room: RelayRoom
  private var socket: Socket?
  private let number: CInt
  private var machine: RelayJoin
  private var byte: [UInt8] = [0]
  /// The most bytes received in one step. A relay that sends without end leaves time for everything else.
  private static let bytesPerStep = 4 * PreambleLimits.lineBytesMax
  private var hasReportedWaiting = false

  /// Begins to join.
  /// - Parameter pass: proved to a relay that asks for one; nil without one.
  init(
    _ socket: consuming Socket, to address: SocketAddress, _ room: RelayRoom, side: RelaySide, pass: RelayPass? = nil,
    now: Instant
  ) {
    number = socket.number
    self.socket = consume socket
    self.address = address
    self.room = room
    let prover = pass.map { pass in { @Sendable request, nonce in pass.proof(of: request, for: nonce) } }
    machine = RelayJoin(joining: room.room, side: side, prover: prover, now: now)
    try? self.socket?.tuneForConversation(keepaliveAfter: Limits.keepaliveSeconds)
  }

  var deadline: Instant? { machine.deadline }

  func watch(in set: inout PollSet) {
    set.watch(number, for: machine.bytesToSend.isEmpty ? .reading : [.reading, .writing])
  }

  /// Whether the relay has replied that this end waits.
  var isWaiting: Bool { machine.isWaiting }

  /// Whether this end waits and no earlier call returned that.
  func takeWaiting() -> Bool {
    defer { hasReportedWaiting = machine.isWaiting }
    return machine.isWaiting && !hasReportedWaiting
  }

  /// Takes the next step.
  /// - Returns: whether this end is paired. Then ``candidate()`` gives the link.
  func step(now: Instant) throws(Failure) -> Bool {
    move(now)
    // An endpoint that was stopped for a while must not blame the relay, so received bytes count before the deadline.
    machine.deadlinePassed(now: now)
    switch machine.outcome {
    case nil: return false
    case .paired: return true
    case .passNeeded: throw .relay(.passNeeded(room.relay))
    case .refused(.denied, _) where machine.hasProved: throw .relay(.passRefused(room.relay))
    case .refused(let word, let text): throw .relay(.refused(room, word, text: text))
    case .notARelay: throw .relay(.notARelay(room.relay))
    case .silent: throw .relay(.silent(room.relay))
    case .ended: throw .relay(.closed(room.relay))
    }
  }

  private func move(_ now: Instant) {
    // The read reports a failed send, after the bytes that the relay may have sent before.
    if !machine.bytesToSend.isEmpty, case .moved(let count)? = try? socket?.send(machine.bytesToSend) {
      machine.sent(count)
    }
    do throws(SystemError) {
      reading: for _ in 0..<RelayLink.bytesPerStep where machine.bytesWanted > 0 {
        switch try socket?.receive(into: &byte) {
        case .wouldBlock, nil: break reading
        case .endOfStream: machine.linkEnded()
        case .moved: machine.received(byte[0], now: now)
        }
      }
    } catch {
      machine.linkEnded()
    }
  }

  /// The link to the peer, once; nil before this end is paired.
  func candidate() -> Candidate? {
    guard case .paired(let position) = machine.outcome, let socket = socket.take() else { return nil }
    return Candidate(socket, to: address, position: position, isRequested: true, isAtRelay: true)
  }
}
