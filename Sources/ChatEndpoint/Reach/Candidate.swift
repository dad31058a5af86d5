import Sockets

/// A link that was made and not yet chosen: a connected socket, and what is known of it.
struct Candidate: ~Copyable {
  /// Which of the two ends of a link this is. TLS needs it: one of them is the server.
  enum Role: Equatable, Sendable {
    /// This end listened, or was first in its room at a relay.
    case acceptor
    /// This end dialled, or was second in its room.
    case connector
  }

  private let socket: Socket
  let address: SocketAddress
  /// What the peer is called here: plain text carries no names.
  let peer: String
  let role: Role
  /// Whether we asked for this link, directly or at a relay. Such a link is never told that we are busy, and the peer may be.
  let isOurs: Bool

  init(
    _ socket: consuming Socket, to address: SocketAddress, peer: String = nameless, role: Role, isOurs: Bool
  ) {
    self.socket = socket
    self.address = address
    self.peer = peer
    self.role = role
    self.isOurs = isOurs
  }

  /// Hands the socket to its owner.
  consuming func takeSocket() -> Socket { socket }

  /// What a peer without a host name is called.
  static let nameless = "peer"
}
