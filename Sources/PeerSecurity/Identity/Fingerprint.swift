/// The name of a key: the SHA-256 hash of its SubjectPublicKeyInfo (RFC 8410).
///
/// As text it is 13 groups of four characters of ``Base32``, joined by hyphens:
///
///     m7mh-ar2m-w17t-…-d0fg       52 characters of 5 bits; the last 4 bits are zero
public struct Fingerprint: Hashable, Sendable {
  /// The hash: 32 bytes.
  public let bytes: [UInt8]

  /// - Parameter rawKey: the 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.2).
  init(rawKey: [UInt8]) {
    precondition(rawKey.count == Ed25519.keyBytes)
    // The encoding is made anew, and not taken from the certificate: one key has one fingerprint.
    bytes = SHA256.digest(Ed25519.publicKeyPrefix + rawKey)
  }

  /// - Parameter bytes: the hash, as it was stored.
  /// - Precondition: the hash has 32 bytes.
  public init(bytes: [UInt8]) {
    precondition(bytes.count == SHA256.bytes)
    self.bytes = bytes
  }

  /// Reads the text that ``description`` gives, in any case, and with or without hyphens and spaces.
  /// - Returns: nil when it is no fingerprint.
  public init?(_ text: some StringProtocol) {
    let characters = text.utf8.lazy.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    guard let bytes = Base32.bytes(of: characters, count: SHA256.bytes) else { return nil }
    self.bytes = bytes
  }
}

extension Fingerprint: Comparable {
  /// The order of the bytes, as numbers of 256 bits.
  public static func < (one: Fingerprint, other: Fingerprint) -> Bool {
    one.bytes.lexicographicallyPrecedes(other.bytes)
  }
}

extension Fingerprint: CustomStringConvertible {
  /// The first four groups of the text, 80 bits: to tell keys apart in a list, not to verify one.
  public var beginning: String { String(description.prefix(19)) }

  /// The text, as described above.
  public var description: String {
    let characters = Base32.characters(of: bytes)
    let groups = stride(from: 0, to: characters.count, by: 4).map { characters[$0..<min($0 + 4, characters.count)] }
    return String(decoding: Array(groups.joined(separator: "-".utf8)), as: UTF8.self)
  }
}
