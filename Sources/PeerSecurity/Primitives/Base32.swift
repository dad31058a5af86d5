/// Bytes as text that people can read to each other: Crockford's base 32 in lower case, which has no i, l, o and u.
/// The first character holds the highest five bits of the first byte; what the last one has to spare is zero.
enum Base32 {
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  /// The characters for some bytes.
  static func characters(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var bits: UInt16 = 0
    var count: UInt16 = 0
    for byte in bytes {
      bits = bits << 8 | UInt16(byte)
      count += 8
      while count >= 5 {
        count -= 5
        text.append(alphabet[Int(bits >> count)])
        bits &= 1 << count - 1
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << (5 - count))]) }
    return text
  }

  /// The bytes that characters stand for, in any case, and with the letters that are not in the alphabet for the digits
  /// they look like.
  /// - Parameter count: how many bytes they are to be.
  /// - Returns: nil when they stand for another number of bytes, or are no such characters.
  static func bytes(of characters: some Sequence<UInt8>, count expected: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt16 = 0
    var count: UInt16 = 0
    for character in characters {
      guard bytes.count < expected, let value = value(of: character) else { return nil }
      bits = bits << 5 | value
      count += 5
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(bits >> count))
      bits &= 1 << count - 1
    }
    return bytes.count == expected && count < 5 && bits == 0 ? bytes : nil
  }

  private static func value(of character: UInt8) -> UInt16? {
    let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character) ? character + 32 : character
    switch lower {
    case UInt8(ascii: "o"): return 0
    case UInt8(ascii: "i"), UInt8(ascii: "l"): return 1
    default: return alphabet.firstIndex(of: lower).map(UInt16.init)
    }
  }
}
