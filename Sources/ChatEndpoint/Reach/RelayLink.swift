import Basics
import ChatProtocol
import Sockets

/// The link to a relay until we are paired with the other one there: moves bytes between a socket and a ``RelayJoin``.
@MainActor
final class RelayLink {
  private let address: SocketAddress
  private let room: RelayRoom
  private var socket: Socket?
  private let number: CInt
  private var machine: RelayJoin
  private var byte: [UInt8] = [0]
  /// Bytes received in one step, at most: a relay that sends without end leaves room for everything else.
  private static let bytesPerStep = 4 * PreambleLimits.lineBytesMax
  private var hasReportedWaiting = false

  init(_ socket: consuming Socket, to address: SocketAddress, _ room: RelayRoom, side: RelaySide, now: Instant) {
    number = socket.number
    self.socket = consume socket
    self.address = address
    self.room = room
    machine = RelayJoin(joining: room.room, side: side, now: now)
    try? self.socket?.tuneForConversation(probeAfter: Limits.probeSeconds)
  }

  var deadline: Instant? { machine.deadline }

  func watch(in set: inout PollSet) {
    set.watch(number, for: machine.output.isEmpty ? .reading : [.reading, .writing])
  }

  /// Whether the relay has answered that we wait.
  var isWaiting: Bool { machine.isWaiting }

  /// The same, and not asked since.
  func takeWaiting() -> Bool {
    defer { hasReportedWaiting = machine.isWaiting }
    return machine.isWaiting && !hasReportedWaiting
  }

  /// Goes on.
  /// - Returns: whether we are paired, after which ``candidate()`` gives the link.
  func step(now: Instant) throws(Failure) -> Bool {
    move(now)
    // Judged after what has come: an endpoint that was stopped for a while is not to blame the relay.
    machine.deadlinePassed(now: now)
    switch machine.outcome {
    case nil: return false
    case .paired: return true
    case .refused(let word, let text): throw .relay(.refused(room, word, text: text))
    case .notARelay: throw .relay(.notARelay(room.relay))
    case .silent: throw .relay(.silent(room.relay))
    case .ended: throw .relay(.closed(room.relay))
    }
  }

  private func move(_ now: Instant) {
    // A send that fails is reported by reading, after what the relay may have sent before.
    if !machine.output.isEmpty, case .moved(let count)? = try? socket?.send(machine.output) { machine.sent(count) }
    do throws(SystemError) {
      reading: for _ in 0..<RelayLink.bytesPerStep where machine.wants > 0 {
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

  /// The link to the other one, once; nil before we are paired.
  func candidate() -> Candidate? {
    guard case .paired(let position) = machine.outcome, let socket = socket.take() else { return nil }
    return Candidate(socket, to: address, role: position == .first ? .acceptor : .connector, isOurs: true)
  }
}
