import Sockets

/// A link that was made and not yet chosen: a connected socket, and the facts known of it.
struct Candidate: ~Copyable {
  /// The role of this end of a link. TLS needs it, because one end is the server.
  enum Role: Equatable, Sendable {
    /// This end listened, or was first in its room at a relay.
    case acceptor
    /// This end dialled, or was second in its room.
    case connector
  }

  private let socket: Socket
  let address: SocketAddress
  /// The peer's name at this end. Plain text carries no names.
  let peer: String
  let role: Role
  /// Whether this end asked for the link, directly or at a relay. Such a link gets no busy line from this end, but the
  /// peer may send one.
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

  /// The name of a peer without a host name.
  static let nameless = "peer"
}
