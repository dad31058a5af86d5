import ChatProtocol

/// The weight of a relay for a room. Two ends with the same relays find the same one best, and the rooms of a relay
/// that dies go to all others alike: rendezvous or highest random weight hashing (Thaler and Ravishankar, "Using
/// Name-Based Mappings to Increase Hit Rates", 1998).
public enum RelayWeight {
  /// The first eight bytes of SHA-256(relay ‖ 0 ‖ room) as a big-endian number.
  /// - Parameter relay: its host and port as docs/PROTOCOL.md normalises them.
  public static func of(_ relay: String, for room: RoomName) -> UInt64 {
    SHA256.digest(Array(relay.utf8) + [0] + Array(room.text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
