/// base64url without padding (RFC 4648 section 5): 64 kinds of characters, each for 6 bits.
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Whether a byte is one of its characters.
  static func allows(_ byte: UInt8) -> Bool { value(of: byte) != nil }

  private static func value(of byte: UInt8) -> UInt32? { alphabet.firstIndex(of: byte).map(UInt32.init) }

  /// The length of so many bytes when they are written.
  static func characters(forBytes count: Int) -> Int { (count * 8 + 5) / 6 }

  /// Bytes as text.
  static func text(of bytes: [UInt8]) -> String {
    var characters: [UInt8] = []
    var (bits, count): (UInt32, UInt32) = (0, 0)
    for byte in bytes {
      (bits, count) = (bits << 8 | UInt32(byte), count + 8)
      while count >= 6 {
        count -= 6
        characters.append(alphabet[Int(bits >> count & 0x3F)])
      }
    }
    if count > 0 { characters.append(alphabet[Int(bits << (6 - count) & 0x3F)]) }
    return String(decoding: characters, as: UTF8.self)
  }

  /// Reads text back.
  /// - Returns: nil for what is not exactly so many bytes. The bits that the last character has too many are zero, so
  ///   that the same bytes have one text only.
  static func bytes(of text: ArraySlice<UInt8>, count wanted: Int) -> [UInt8]? {
    guard text.count == characters(forBytes: wanted) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(wanted)
    var (bits, count): (UInt32, UInt32) = (0, 0)
    for character in text {
      guard let value = value(of: character) else { return nil }
      (bits, count) = (bits << 6 | value, count + 6)
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> count))
    }
    return bits & (1 << count - 1) == 0 ? bytes : nil
  }
}
