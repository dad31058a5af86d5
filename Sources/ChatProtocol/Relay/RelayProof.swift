/// The question of a relay that serves only those who have its pass: 128 random bits, drawn for one connection. A proof
/// answers one nonce, so a recorded proof is of no use on another connection.
public struct RelayNonce: Hashable, Sendable {
  /// As it goes over the wire: 22 characters of base64url (RFC 4648 section 5, without padding).
  public let text: String

  private static let bytes = 16

  /// A new one.
  public static func random(using generator: inout some RandomNumberGenerator) -> RelayNonce {
    RelayNonce(text: Base64URL.text(of: (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &generator) }))
  }

  private init(text: String) { self.text = text }

  /// - Returns: nil for what is not 22 characters of base64url, or has a bit set beyond the 128.
  public init?(_ text: ArraySlice<UInt8>) {
    guard Base64URL.bytes(of: text, count: RelayNonce.bytes) != nil else { return nil }
    self.text = String(decoding: text, as: UTF8.self)
  }
}

/// The answer to a ``RelayNonce``: 256 bits that only a guest with the relay's pass can compute. `PeerSecurity` says
/// how.
///
/// A relay judges it with `RelayPass.isProved`, in constant time. The `==` of this type is not constant in time. It
/// only compares what decoders read.
public struct RelayProof: Equatable, Sendable {
  /// The 32 bytes of the authentication code.
  public let code: [UInt8]

  /// Its length on the wire: 43 characters of base64url (RFC 4648 section 5, without padding).
  public static let characters = Base64URL.characters(forBytes: bytes)
  private static let bytes = 32
  /// The words before the proof in its line.
  public static let opening = "TINCAN/1 PROOF "

  /// A proof that was computed.
  /// - Parameter code: 32 bytes.
  public init(code: [UInt8]) {
    precondition(code.count == RelayProof.bytes)
    self.code = code
  }

  /// A proof that was received.
  /// - Returns: nil for what is not 43 characters of base64url, or has a bit set beyond the 256.
  public init?(_ text: ArraySlice<UInt8>) {
    guard let code = Base64URL.bytes(of: text, count: RelayProof.bytes) else { return nil }
    self.code = code
  }

  /// Whether a byte may stand in one.
  public static func allows(_ byte: UInt8) -> Bool { Base64URL.allows(byte) }

  /// Its line, as it goes over the wire.
  public var line: [UInt8] { Array((RelayProof.opening + Base64URL.text(of: code) + "\n").utf8) }
}
