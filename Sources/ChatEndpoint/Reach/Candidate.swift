import ChatProtocol
import Sockets

/// A link that was made and not yet chosen: a connected socket, and the facts known of it.
struct Candidate: ~Copyable {
  private let socket: Socket
  /// The address at the other end of the transport connection: the peer's, or that of the relay between the two.
  let transportAddress: SocketAddress
  /// The peer's label at this end. It proves nothing: plain text carries no names.
  let peerLabel: String
  /// The position of this end: first if it listened, or was first in its room at a relay. The first is the server of a
  /// TLS handshake.
  let position: PairPosition
  /// Whether this end asked for the link, directly or at a relay. Such a link gets no busy line from this end, but the
  /// peer may send one.
  let isRequested: Bool
  /// Whether a relay made it.
  let isAtRelay: Bool

  init(
    _ socket: consuming Socket, to transportAddress: SocketAddress, peerLabel: String = nameless,
    position: PairPosition,
    isRequested: Bool, isAtRelay: Bool = false
  ) {
    self.socket = socket
    self.transportAddress = transportAddress
    self.peerLabel = peerLabel
    self.position = position
    self.isRequested = isRequested
    self.isAtRelay = isAtRelay
  }

  /// Hands the socket to its owner.
  consuming func takeSocket() -> Socket { socket }

  /// The label of a peer without a host name.
  static let nameless = "peer"
}
