import COpenSSL
import Synchronization

/// The long-term key of one end, and what is made of it for TLS. It is made on first use, and its PEM text is kept.
///
/// A program reads it before its first prompt, and needs what OpenSSL makes of it only once there is a peer. So the key
/// and the settings of TLS are made when they are first asked for, and the text of a key is looked at without OpenSSL,
/// whose first use costs a start a twentieth of its time.
public struct Identity: Sendable {
  /// The private key: PKCS#8 (RFC 5958, RFC 8410) in PEM (RFC 7468), the only text that ``init(pem:)`` takes. It is a
  /// secret.
  public let pem: [UInt8]
  private let key: LazyKey

  /// A new identity.
  public static func generate() throws(SecurityFailure) -> Identity {
    OpenSSL.start()
    return try Identity(seed: randomBytes(Ed25519.keyBytes))
  }

  /// Reads a private key.
  /// - Parameter pem: what ``pem`` gives, and what `openssl genpkey -algorithm ed25519` writes.
  public init(pem: [UInt8]) throws(SecurityFailure) {
    let text = PEM.isUsual(pem) ? pem : try PEM.text(of: PEM.seed(of: pem))
    self.init(usual: text)
  }

  private init(seed: [UInt8]) throws(SecurityFailure) { self.init(usual: try PEM.text(of: seed)) }

  private init(usual text: [UInt8]) {
    pem = text
    key = LazyKey(pem: text)
  }

  /// The name of its public key.
  public var fingerprint: Fingerprint { key.fingerprint }

  /// The settings that all channels of the identity share.
  var context: TLSContext { get throws(SecurityFailure) { try key.context() } }
}

/// A key in OpenSSL's hands, made once and on demand.
private final class LazyKey: Sendable {
  private let pem: [UInt8]
  private let known = Mutex<Fingerprint?>(nil)
  private let made = Mutex<TLSContext?>(nil)

  /// - Parameter pem: a text that ``PEM/isUsual(_:)``.
  init(pem: [UInt8]) { self.pem = pem }

  var fingerprint: Fingerprint {
    known.withLock { known in
      if let known { return known }
      do {
        let found = try Ed25519(seed: PEM.seed(of: pem)).fingerprint
        known = found
        return found
      } catch {
        // The text holds 32 bytes, and all 32 bytes are a private key.
        preconditionFailure("OpenSSL cannot derive a public key: \(error)")
      }
    }
  }

  func context() throws(SecurityFailure) -> TLSContext {
    try made.withLock { made throws(SecurityFailure) in
      if let made { return made }
      let context = try TLSContext(Ed25519(seed: PEM.seed(of: pem)))
      made = context
      return context
    }
  }
}

/// The text of a private key.
private enum PEM {
  private static let name = "PRIVATE KEY"
  /// The longest text that is read as a key. A key has 119 bytes of text, and a much longer file is something else.
  private static let bytesMax = 4 << 10

  /// The bytes of a text of ``text(of:)`` before those that hold the seed, and after them. The encoding begins with 16
  /// bytes that all keys share: 21 characters of base64 and the upper two bits, 0, of the next one.
  private static let start = Array("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI".utf8)
  private static let end = Array("\n-----END PRIVATE KEY-----\n".utf8)
  private static let seedCharacters = 43

  /// Whether a text is what ``text(of:)`` gives for some seed. Other texts may hold a key, too.
  static func isUsual(_ pem: [UInt8]) -> Bool {
    guard pem.count == start.count + seedCharacters + end.count, pem.starts(with: start),
      pem.suffix(end.count).elementsEqual(end)
    else { return false }
    let seed = pem[start.count..<pem.count - end.count]
    let hasUpperBits = !(UInt8(ascii: "A")...UInt8(ascii: "P")).contains(seed[seed.startIndex])
    return !hasUpperBits && seed.allSatisfy(isBase64)
  }

  /// Whether a byte is a character of base64 (RFC 4648, section 4).
  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

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
