/// The reason why a channel, an identity or an exchange cannot be used, and whose fault that is.
public enum SecurityFailure: Error, Equatable, Sendable {
  /// The first bytes are no TLS record: plain text, or another protocol.
  case notTLS
  /// The peer has no TLS 1.3.
  case noTLS13
  /// The peer has TLS 1.3 and does not ask for, or does not agree to, the protocol `tincan/1` (ALPN, RFC 7301).
  case noTincanProtocol
  /// There is no cipher, no group or no signature algorithm that both have.
  case nothingInCommon
  /// The peer shows no certificate.
  case certificateMissing
  /// The peer's certificate is larger than 4 KiB.
  case certificateTooBig
  /// The peer shows more than one certificate.
  case severalCertificates
  /// The key in the peer's certificate is not an Ed25519 key.
  case wrongKeyType
  /// The peer's key is not the one that was asked for; the fingerprint is that of the key it has.
  case otherKey(Fingerprint)
  /// The peer refuses this end, with an alert (RFC 8446 section 6).
  case refused(alert: UInt8)
  /// The peer breaks the rules of TLS. The number is OpenSSL's reason (`SSL_R_…`), for developers.
  case brokenTLS(reason: Int)
  /// The link ended within the handshake.
  case cutInHandshake
  /// The link ended after the handshake, and the peer had not announced that.
  case truncated
  /// A private key cannot be used: it is no PKCS#8 text of one Ed25519 key, or it is incomplete.
  case unusableIdentity
  /// OpenSSL failed for a reason of this machine's: no memory, no randomness, or a fault of ours. The number is
  /// OpenSSL's reason.
  case library(reason: Int)
}

extension SecurityFailure {
  /// The side whose fault a failure is.
  public enum Family: Sendable {
    /// The other end is no peer: it speaks something else.
    case foreign
    /// The other end keeps the rules, and has not what it takes.
    case incompatibility
    /// The peer breaks the rules.
    case violation
    /// The peer does not want this end, or is not who was asked for.
    case refusal
    /// The link was lost.
    case interruption
    /// This machine, or this program.
    case system
  }

  /// The side whose fault it is.
  public var family: Family {
    switch self {
    case .notTLS: .foreign
    case .noTLS13, .noTincanProtocol, .nothingInCommon, .certificateMissing, .certificateTooBig, .severalCertificates,
      .wrongKeyType:
      .incompatibility
    case .otherKey, .refused: .refusal
    case .brokenTLS: .violation
    case .cutInHandshake, .truncated: .interruption
    case .unusableIdentity, .library: .system
    }
  }
}

extension SecurityFailure: CustomStringConvertible {
  /// The problem, in words a person can act on.
  public var description: String {
    switch self {
    case .notTLS: "the other end does not encrypt"
    case .noTLS13: "the other end has no TLS 1.3"
    case .noTincanProtocol: "the other end encrypts, but does not speak tincan's protocol"
    case .nothingInCommon: "the other end has none of tincan's kinds of encryption"
    case .certificateMissing: "the other end shows no key of its own"
    case .certificateTooBig: "the other end shows a certificate that is too big"
    case .severalCertificates: "the other end shows more than one certificate"
    case .wrongKeyType: "the other end's key is not of the kind tincan uses (Ed25519)"
    case .otherKey(let fingerprint): "the other end has another key: \(fingerprint)"
    case .refused(42...49), .refused(116): "the other end does not accept this end's key"
    case .refused(let alert): "the other end refuses the encrypted link (TLS alert \(alert))"
    case .brokenTLS: "what came is not what a peer sends: the link was disturbed, or the other end is broken"
    case .cutInHandshake: "the link ended before it was encrypted"
    case .truncated: "the link was cut, or the other end does not announce its end, so something may be missing"
    case .unusableIdentity: "the private key cannot be used: it is not complete, or not an Ed25519 key (PKCS#8)"
    case .library(let reason): "the encryption library failed (OpenSSL reason \(reason))"
    }
  }
}
