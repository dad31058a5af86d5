import COpenSSL

/// A certificate carries a key through TLS. Nothing else in it counts: no chain, no name, no date.
final class Certificate {
  let pointer: OpaquePointer

  /// A certificate that a key makes for itself. The same key always gives the same bytes: the dates stand for "always"
  /// (RFC 5280 section 4.1.2.5), and Ed25519 signs without randomness.
  init(of key: Ed25519) throws(SecurityFailure) {
    clearErrors()
    guard let certificate = X509_new() else { throw .takeFromLocalCall() }
    pointer = certificate
    let name = X509_get_subject_name(certificate)
    guard X509_set_version(certificate, CLong(X509_VERSION_3)) == 1,
      ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1,
      X509_NAME_add_entry_by_txt(name, "CN", CInt(V_ASN1_UTF8STRING), "tincan", -1, -1, 0) == 1,
      X509_set_issuer_name(certificate, name) == 1,
      ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20000101000000Z") == 1,
      ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1,
      X509_set_pubkey(certificate, key.pointer) == 1,
      X509_sign(certificate, key.pointer, nil) > 0
    else { throw .takeFromLocalCall() }
  }

  deinit { X509_free(pointer) }

  /// Judges the certificates that a peer shows.
  /// - Parameters:
  ///   - leaf: the peer's own.
  ///   - chainCount: the number of all that it shows.
  /// - Returns: the name of its key.
  static func fingerprint(of leaf: OpaquePointer, chainCount: Int) throws(SecurityFailure) -> Fingerprint {
    guard chainCount == 1 else { throw .severalCertificates }
    guard (1...CInt(TLSLimits.certificateBytesMax)).contains(i2d_X509(leaf, nil)) else { throw .certificateTooBig }
    guard let key = X509_get0_pubkey(leaf), let fingerprint = Ed25519.fingerprint(of: key) else { throw .wrongKeyType }
    return fingerprint
  }
}
