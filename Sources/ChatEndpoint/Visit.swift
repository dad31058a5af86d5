import Basics
import ChatProtocol
import Sockets

/// A dialled relay, until we are joined with the other one: the link of a ``RelayJoin``, and what it came to in words.
@MainActor
final class Visit {
  let address: SocketAddress
  private let target: Target
  private var socket: Socket?
  private let number: CInt
  private var machine: RelayJoin
  private var byte: [UInt8] = [0]
  /// Bytes heard in one step, at most: a relay that talks without end leaves room for everything else.
  private static let bytesPerStep = 4 * PreambleLimits.lineBytesMax
  private var hasToldWaiting = false

  /// - target: the room and its relay.
  init(_ socket: consuming Socket, to address: SocketAddress, _ target: Target, joining room: RoomName, now: Instant) {
    number = socket.number
    self.socket = consume socket
    self.address = address
    self.target = target
    machine = RelayJoin(joining: room, now: now)
    try? self.socket!.tuneForConversation(probeAfter: Limits.probeSeconds)
  }

  var deadline: Instant? { machine.deadline }

  func watch(in set: inout PollSet) {
    set.watch(number, for: machine.output.isEmpty ? .reading : [.reading, .writing])
  }

  /// Whether the relay has said that we wait.
  var isWaiting: Bool { machine.isWaiting }

  /// The same, and not asked since.
  func takeWaiting() -> Bool {
    defer { hasToldWaiting = machine.isWaiting }
    return machine.isWaiting && !hasToldWaiting
  }

  /// Goes on.
  /// - Returns: whether we are joined, after which ``take()`` gives the link.
  func step(now: Instant) throws(Departure) -> Bool {
    // A send that fails is told by reading, after what the relay may have said before.
    if !machine.output.isEmpty, case .moved(let count) = try? socket!.send(machine.output) { machine.sent(count) }
    do throws(SystemError) {
      reading: for _ in 0..<Visit.bytesPerStep where machine.wants > 0 {
        switch try socket!.receive(into: &byte) {
        case .wouldBlock: break reading
        case .endOfStream: machine.linkEnded()
        case .moved: machine.received(byte[0], now: now)
        }
      }
    } catch {
      machine.linkEnded()
    }
    // Judged after what has come: who was stopped for a while is not to blame the relay.
    machine.deadlinePassed(now: now)
    switch machine.outcome {
    case nil: return false
    case .paired: return true
    case .refused(let word, let text): throw refusal(word, text)
    case .notARelay: throw Departure(.unavailable, "\(relay) is no tincan relay: check the address and the port")
    case .silent:
      throw Departure(.unavailable, "the relay \(relay) does not answer any more; try again, or another relay")
    case .ended:
      throw Departure(.unavailable, "the relay \(relay) closed without a word; try again, or another relay")
    }
  }

  /// Hands the link on, once.
  func take() -> Socket { socket.take()! }

  private var relay: String {
    guard case .room(_, let relay, let port) = target else { preconditionFailure("only relays are visited") }
    return Target.host(relay, port: port).description
  }

  private func refusal(_ word: Refusal.Word?, _ text: String) -> Departure {
    let sentence =
      switch word {
      case .full: "cannot join \(target): two are in that room already; agree on another one"
      case .busy: "the relay \(relay) is busy: \(text)"
      case .draining: "the relay \(relay) is being stopped; try again in a minute, or another relay"
      case .expired: "the relay \(relay) does not let us wait any longer: \(text)"
      case .syntax, nil: "the relay \(relay) does not let us in: \(text)"
      }
    return Departure(.unavailable, sentence)
  }
}
