import COpenSSL

/// An Ed25519 private key (RFC 8032) in OpenSSL's hands.
final class Ed25519 {
  /// The length of a private and of a public key.
  static let keyBytes = 32
  /// The bytes before a public key in a SubjectPublicKeyInfo (RFC 8410 section 4).
  static let publicKeyPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
  /// The bytes before a private key in PKCS#8 (RFC 8410 section 7).
  static let privateKeyPrefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]

  let pointer: OpaquePointer

  /// - Parameter seed: the 32 bytes of a private key.
  init(seed: [UInt8]) throws(SecurityFailure) {
    OpenSSL.start()
    clearErrors()
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      throw .takeFromLocalCall()
    }
    pointer = key
  }

  deinit { EVP_PKEY_free(pointer) }

  /// The name of its public key.
  var fingerprint: Fingerprint { Ed25519.fingerprint(of: pointer)! }

  /// - Returns: nil when the key is of another kind.
  static func fingerprint(of key: OpaquePointer) -> Fingerprint? {
    guard EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 else { return nil }
    return raw { EVP_PKEY_get_raw_public_key(key, $0, $1) }.map(Fingerprint.init(rawKey:))
  }

  private static func raw(_ get: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>) -> CInt) -> [UInt8]? {
    var count = keyBytes
    var isDone = false
    let bytes = [UInt8](unsafeUninitializedCapacity: keyBytes) { buffer, initialized in
      isDone = get(buffer.baseAddress, &count) == 1
      initialized = isDone ? count : 0
    }
    return isDone && count == keyBytes ? bytes : nil
  }
}
