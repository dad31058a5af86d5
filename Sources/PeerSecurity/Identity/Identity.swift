import COpenSSL

/// The long-term key of one end, and what is made of it for TLS. It is made on first use, and its PEM text is kept.
public struct Identity: Sendable {
  /// The name of its public key.
  public let fingerprint: Fingerprint
  /// The private key: PKCS#8 (RFC 5958, RFC 8410) in PEM (RFC 7468), the only text that ``init(pem:)`` takes. It is a
  /// secret.
  public let pem: [UInt8]
  let context: TLSContext

  /// A new identity.
  public static func generate() throws(SecurityFailure) -> Identity {
    try Identity(Ed25519(seed: randomBytes(Ed25519.keyBytes)))
  }

  /// Reads a private key.
  /// - Parameter pem: what ``pem`` gives, and what `openssl genpkey -algorithm ed25519` writes.
  public init(pem: [UInt8]) throws(SecurityFailure) {
    try self.init(Ed25519(seed: PEM.seed(of: pem)))
  }

  private init(_ key: Ed25519) throws(SecurityFailure) {
    fingerprint = key.fingerprint
    pem = try PEM.text(of: key.seed)
    context = try TLSContext(key)
  }
}

/// The text of a private key.
private enum PEM {
  private static let name = "PRIVATE KEY"
  /// A key has 119 bytes of text. Whatever is much longer is another file.
  private static let bytesMax = 4 << 10

  static func text(of seed: [UInt8]) throws(SecurityFailure) -> [UInt8] {
    clearErrors()
    let encoded = Ed25519.privateKeyPrefix + seed
    guard let memory = BIO_new(BIO_s_mem()) else { throw .takeFromLocalCall() }
    defer { BIO_free(memory) }
    guard PEM_write_bio(memory, name, "", encoded, encoded.count) > 0 else { throw .takeFromLocalCall() }
    var bytes: UnsafeMutablePointer<CChar>?
    let count = copenssl_BIO_get_mem_data(memory, &bytes)
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// The one private key that a text holds. There is one encoding of a key, so the bytes before it are compared rather
  /// than parsed, and a key that is encrypted never makes OpenSSL ask for a passphrase.
  static func seed(of pem: [UInt8]) throws(SecurityFailure) -> [UInt8] {
    OpenSSL.start()
    guard pem.count <= bytesMax, let memory = BIO_new_mem_buf(pem, CInt(pem.count)) else { throw .unusableIdentity }
    defer {
      BIO_free(memory)
      clearErrors()
    }
    var label: UnsafeMutablePointer<CChar>?
    var header: UnsafeMutablePointer<CChar>?
    var encoded: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard PEM_read_bio(memory, &label, &header, &encoded, &count) == 1, let label, let header, let encoded else {
      throw .unusableIdentity
    }
    defer {
      CRYPTO_free(label, nil, 0)
      CRYPTO_free(header, nil, 0)
      CRYPTO_clear_free(encoded, count, nil, 0)
    }
    let bytes = Array(UnsafeBufferPointer(start: encoded, count: count))
    let prefix = Ed25519.privateKeyPrefix
    guard String(cString: label) == name, header.pointee == 0, bytes.count == prefix.count + Ed25519.keyBytes,
      bytes.starts(with: prefix)
    else { throw .unusableIdentity }
    return Array(bytes[prefix.count...])
  }
}
