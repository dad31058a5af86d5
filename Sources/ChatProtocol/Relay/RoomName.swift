/// The place where two guests meet: 1 to 64 letters, digits, hyphens and underscores. Everybody who knows the name can
/// come in, so a relay never shows it to anybody.
public struct RoomName: Hashable, Sendable {
  /// The name.
  public let text: String

  /// - Returns: nil when it cannot be a room's name.
  public init?(_ text: some StringProtocol) {
    guard (1...PreambleLimits.roomBytesMax).contains(text.utf8.count), text.utf8.allSatisfy(RoomName.allows) else {
      return nil
    }
    self.text = String(text)
  }

  /// - Returns: nil when they cannot be a room's name.
  public init?(_ bytes: ArraySlice<UInt8>) {
    guard (1...PreambleLimits.roomBytesMax).contains(bytes.count), bytes.allSatisfy(RoomName.allows) else { return nil }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a byte may stand in a name.
  public static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension RoomName {
  /// A name nobody guesses: twelve of the 32 characters Crockford's base 32 uses, which are hard to mistake for each
  /// other: 60 bits.
  public static func unguessable(using generator: inout some RandomNumberGenerator) -> RoomName {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    return RoomName(String((0..<12).map { _ in alphabet.randomElement(using: &generator)! }))!
  }
}
