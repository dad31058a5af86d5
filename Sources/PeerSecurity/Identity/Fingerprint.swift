/// The name of a key: the SHA-256 hash of its SubjectPublicKeyInfo (RFC 8410).
///
/// As text it is 13 groups of four characters, joined by hyphens, in Crockford's base 32 in lower case:
///
///     4q2m-8k0v-…-t5xg       52 characters of 5 bits; the last 4 bits are zero
///
/// That alphabet has no i, l, o and u, so that people who read a fingerprint to each other mistake little.
public struct Fingerprint: Hashable, Sendable {
  /// The hash: 32 bytes.
  public let bytes: [UInt8]

  /// - Parameter rawKey: the 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.2).
  init(rawKey: [UInt8]) {
    precondition(rawKey.count == Ed25519.keyBytes)
    // The encoding is made anew, and not taken from the certificate: one key has one fingerprint.
    bytes = SHA256.digest(Ed25519.publicKeyPrefix + rawKey)
  }

  /// Reads the text that ``description`` gives: in any case, and with or without hyphens and spaces. The letters that
  /// are not in the alphabet stand for the digits they look like.
  /// - Returns: nil when it is no fingerprint.
  public init?(_ text: some StringProtocol) {
    var bits: UInt16 = 0
    var count = 0
    var bytes: [UInt8] = []
    for character in text.utf8 where character != UInt8(ascii: "-") && character != UInt8(ascii: " ") {
      guard bytes.count < SHA256.bytes, let value = Fingerprint.value(of: character) else { return nil }
      bits = bits << 5 | UInt16(value)
      count += 5
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt16(count)))
      bits &= 1 << UInt16(count) - 1
    }
    // What is left over is the four bits of zero at the end.
    guard bytes.count == SHA256.bytes, count == 4, bits == 0 else { return nil }
    self.bytes = bytes
  }

  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  private static func value(of character: UInt8) -> Int? {
    let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character) ? character + 32 : character
    switch lower {
    case UInt8(ascii: "o"): return 0
    case UInt8(ascii: "i"), UInt8(ascii: "l"): return 1
    default: return alphabet.firstIndex(of: lower)
    }
  }
}

extension Fingerprint: Comparable {
  /// The order of the bytes, as numbers of 256 bits.
  public static func < (one: Fingerprint, other: Fingerprint) -> Bool {
    one.bytes.lexicographicallyPrecedes(other.bytes)
  }
}

extension Fingerprint: CustomStringConvertible {
  /// The text, as described above.
  public var description: String {
    var text: [UInt8] = []
    for digit in 0..<52 {
      if digit > 0, digit % 4 == 0 { text.append(UInt8(ascii: "-")) }
      let bit = digit * 5
      let next = bit / 8 + 1 < bytes.count ? bytes[bit / 8 + 1] : 0
      let pair = UInt16(bytes[bit / 8]) << 8 | UInt16(next)
      text.append(Fingerprint.alphabet[Int(pair >> UInt16(11 - bit % 8) & 31)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
