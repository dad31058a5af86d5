import ChatProtocol
import PeerSecurity
import Sockets

/// A peer that was let in, and the channel to it. A session can begin.
struct AdmittedPeer {
  let channel: Channel
  /// The address at the other end of the transport connection: the peer's, or that of the relay between the two.
  let transportAddress: SocketAddress
  /// A label of the peer for the time before its name is known.
  let peerLabel: String
  /// The position of this end of the link.
  let position: PairPosition
  /// The peer's greeting; nil for a foreign program, which speaks in lines.
  let greeting: Greeting?
  /// The names of the link among those of the conversation; nil for a foreign program.
  let names: LinkChoice.Names?
  /// Bytes that came behind its greeting, or behind the handshake of a foreign program.
  let rest: [UInt8]
  /// Its key; nil for a foreign program without one.
  let fingerprint: Fingerprint?
  /// The secret that the two share from now on, if they have just paired.
  let secret: MeetingSecret?
  /// Whether its key ends with its program, as with `--ephemeral`.
  let isEphemeral: Bool
  /// Whether a relay made the link.
  let isAtRelay: Bool
}
