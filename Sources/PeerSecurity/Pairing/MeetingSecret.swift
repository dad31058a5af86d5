import ChatProtocol

/// The secret that two ends share once they were paired. The room where they meet without a code is derived from it, so
/// nobody else can find or occupy that room: fingerprints, which others may know, are not enough.
public struct MeetingSecret: Equatable, Sendable {
  /// Its length in bytes.
  public static let length = 32
  private static let label = "EXPORTER-tincan-meeting-v1"
  /// 128 bits of a room's name cannot be guessed, and are 26 characters.
  private static let roomBytes = 16

  /// The secret, to be kept.
  public let bytes: [UInt8]

  /// The secret of the two ends of a channel, on which they were just paired.
  public init(of channel: TLSChannel) {
    bytes = channel.exportKey(label: MeetingSecret.label, length: MeetingSecret.length)
  }

  /// A secret that was kept.
  /// - Returns: nil when it has another length.
  public init?(bytes: [UInt8]) {
    guard bytes.count == MeetingSecret.length else { return nil }
    self.bytes = bytes
  }

  private static let roomPrefix = "m-"

  /// Whether a room has a name such as a secret gives. People may have chosen it all the same.
  public static func mayName(_ room: RoomName) -> Bool { room.text.hasPrefix(roomPrefix) }

  /// The room at a relay where the two meet: `m-` and ``Base32`` of the first 16 bytes of
  /// HMAC-SHA256(secret, "tincan/1 meeting room"). It is always the same, so a relay can see that the same two meet.
  public var room: RoomName {
    let code = SHA256.authenticationCode(Array("tincan/1 meeting room".utf8), key: bytes)
    let characters = Base32.characters(of: code.prefix(MeetingSecret.roomBytes))
    return RoomName(ArraySlice(Array(MeetingSecret.roomPrefix.utf8) + characters))!
  }
}
