import COpenSSL

/// SHA-256 (FIPS 180-4) and what is built on it.
enum SHA256 {
  /// The length of a digest.
  static let bytes = 32

  static func digest(_ input: [UInt8]) -> [UInt8] {
    filled { EVP_Digest(input, input.count, $0, nil, EVP_sha256(), nil) == 1 }
  }

  /// HMAC (RFC 2104).
  static func authenticationCode(_ input: [UInt8], key: [UInt8]) -> [UInt8] {
    filled { HMAC(EVP_sha256(), key, CInt(key.count), input, input.count, $0, nil) != nil }
  }

  /// HKDF (RFC 5869) without a salt, for one block of output.
  static func derivedKey(from secret: [UInt8], info: [UInt8]) -> [UInt8] {
    // Without a salt it is a block of zeros (section 2.2), and the first block of output ends with its number (2.3).
    let extracted = authenticationCode(secret, key: [UInt8](repeating: 0, count: bytes))
    return authenticationCode(info + [1], key: extracted)
  }

  /// Whether two codes are equal, in a time that depends only on their lengths.
  static func areEqual(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
    one.count == other.count && CRYPTO_memcmp(Array(one), Array(other), one.count) == 0
  }

  /// A digest that `write` puts in place. It cannot fail but for lack of memory.
  private static func filled(_ write: (UnsafeMutablePointer<UInt8>?) -> Bool) -> [UInt8] {
    OpenSSL.start()
    return [UInt8](unsafeUninitializedCapacity: bytes) { buffer, initialized in
      precondition(write(buffer.baseAddress), "OpenSSL cannot compute SHA-256")
      initialized = bytes
    }
  }
}
