import COpenSSL

extension SecurityFailure {
  /// The failure of a call that no peer takes part in: it is this machine's or this program's, whatever the reason is.
  /// OpenSSL's error queue is empty afterwards.
  static func takeFromLocalCall() -> SecurityFailure { .library(reason: Int(ERR_GET_REASON(takeError()))) }

  /// The failure of a call that reads what the peer has sent.
  /// OpenSSL's error queue is empty afterwards.
  /// - Parameter isHandshaking: whether the two ends are still agreeing on how to speak. Later nobody is incompatible.
  static func takeFromExchange(isHandshaking: Bool) -> SecurityFailure {
    let code = takeError()
    let reason = ERR_GET_REASON(code)
    if reason & CInt(ERR_RFLAG_FATAL) != 0 { return .library(reason: Int(reason)) }
    guard ERR_GET_LIB(code) == ERR_LIB_SSL else { return .brokenTLS(reason: Int(reason)) }
    let alert = Int(reason) - alertOffset
    if isHandshaking, let incompatibility = incompatibility(alert: alert) ?? incompatibility(reason) {
      return incompatibility
    }
    return (0...255).contains(alert) ? .refused(alert: UInt8(alert)) : .brokenTLS(reason: Int(reason))
  }

  /// The first error of OpenSSL's queue, which is the cause of those behind it. The queue is empty afterwards.
  private static func takeError() -> CUnsignedLong {
    defer { clearErrors() }
    return ERR_peek_error()
  }

  /// OpenSSL reports a received alert as its number and this (`SSL_AD_REASON_OFFSET`).
  private static let alertOffset = 1000

  /// The lack that a fatal alert of the peer's reports (RFC 8446 section 6.2).
  private static func incompatibility(alert: Int) -> SecurityFailure? {
    switch alert {
    case Int(SSL_AD_PROTOCOL_VERSION): .noTLS13
    case Int(SSL_AD_NO_APPLICATION_PROTOCOL): .noTincanProtocol
    case Int(SSL_AD_HANDSHAKE_FAILURE), Int(SSL_AD_INSUFFICIENT_SECURITY): .nothingInCommon
    default: nil
    }
  }

  /// The lack that this side found.
  private static func incompatibility(_ reason: CInt) -> SecurityFailure? {
    switch reason {
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION: .noTLS13
    case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED: .noTincanProtocol
    case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
      SSL_R_NO_SUITABLE_GROUPS, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      .nothingInCommon
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: .certificateMissing
    case SSL_R_EXCESSIVE_MESSAGE_SIZE: .certificateTooBig
    case SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_WRONG_CERTIFICATE_TYPE, SSL_R_UNKNOWN_CERTIFICATE_TYPE: .wrongKeyType
    default: nil
    }
  }
}

/// Empties OpenSSL's error queue: before a call whose failure is to be understood, and after one. It is empty nearly
/// always, and asking is cheaper than clearing.
func clearErrors() {
  if ERR_peek_error() != 0 { ERR_clear_error() }
}
