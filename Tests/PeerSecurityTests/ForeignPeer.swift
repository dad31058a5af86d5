import COpenSSL

/// A TLS program that is not tincan, over memory: as strict or as lax as a test wants it.
final class ForeignPeer {
  private let context: OpaquePointer
  private let ssl: OpaquePointer
  private let input = BIO_new(BIO_s_mem())!
  private let bioOutput = BIO_new(BIO_s_mem())!
  /// The text it received.
  private(set) var text: [UInt8] = []
  /// Whether it received close_notify.
  private(set) var peerEnded = false

  /// - Parameters:
  ///   - certificates: what it shows, its own first, and the key of the first; none without a key.
  ///   - protocols: the names it asks for or agrees to (ALPN).
  init(
    isServer: Bool, certificates: [TestCertificate] = [], protocols: [String] = [],
    version: CInt = TLS1_3_VERSION, groups: String? = nil
  ) {
    context = SSL_CTX_new(TLS_method())
    precondition(copenssl_SSL_CTX_set_proto_versions(context, TLS1_2_VERSION, version) == 1)
    if let groups { precondition(copenssl_SSL_CTX_set1_groups_list(context, groups) == 1) }
    // The largest certificates are to be sent, too.
    SSL_CTX_set_security_level(context, 0)
    SSL_CTX_set_options(context, SSL_CTX_get_options(context))
    if let first = certificates.first {
      precondition(SSL_CTX_use_certificate(context, first.certificate) == 1)
      precondition(SSL_CTX_use_PrivateKey(context, first.key) == 1)
      for other in certificates.dropFirst() {
        X509_up_ref(other.certificate)
        precondition(
          SSL_CTX_ctrl(context, SSL_CTRL_EXTRA_CHAIN_CERT, 0, UnsafeMutableRawPointer(other.certificate)) == 1)
      }
    }
    ssl = SSL_new(context)
    SSL_set_bio(ssl, input, bioOutput)
    let list = protocols.flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
    if isServer {
      // It takes every certificate, and asks for one as tincan does.
      SSL_set_verify(ssl, SSL_VERIFY_PEER, { _, _ in 1 })
      if !protocols.isEmpty { SSL_CTX_set_alpn_select_cb(context, selectFirst, nil) }
      SSL_set_accept_state(ssl)
    } else {
      if !protocols.isEmpty { precondition(SSL_set_alpn_protos(ssl, list, CUnsignedInt(list.count)) == 0) }
      SSL_set_connect_state(ssl)
    }
    _ = SSL_do_handshake(ssl)
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
    ERR_clear_error()
  }

  var isEstablished: Bool { SSL_is_init_finished(ssl) == 1 }

  func receive(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    _ = bytes.withUnsafeBytes { BIO_write(input, $0.baseAddress, CInt($0.count)) }
    if !isEstablished, SSL_do_handshake(ssl) != 1 { return }
    var buffer = [UInt8](repeating: 0, count: 20_000)
    while true {
      let count = SSL_read(ssl, &buffer, CInt(buffer.count))
      if count <= 0 {
        peerEnded = SSL_get_error(ssl, count) == SSL_ERROR_ZERO_RETURN
        break
      }
      text += buffer[..<Int(count)]
    }
    ERR_clear_error()
  }

  func takeOutput() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = BIO_read(bioOutput, &buffer, CInt(buffer.count))
    return Array(buffer[..<max(0, Int(count))])
  }

  func send(_ text: String) { precondition(SSL_write(ssl, text, CInt(text.utf8.count)) == text.utf8.count) }
  func renewKeys() { precondition(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1) }
  func close() { SSL_shutdown(ssl) }
}

/// Agrees to the first protocol that a client asks for.
private func selectFirst(
  _ ssl: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ count: UnsafeMutablePointer<UInt8>?, _ list: UnsafePointer<UInt8>?, _ listCount: CUnsignedInt,
  _ argument: UnsafeMutableRawPointer?
) -> CInt {
  selected?.pointee = list! + 1
  count?.pointee = list![0]
  return SSL_TLSEXT_ERR_OK
}

/// A key of some kind with a certificate of some size.
final class TestCertificate {
  let key: OpaquePointer
  private(set) var certificate: OpaquePointer

  /// - Parameters:
  ///   - kind: a name of OpenSSL's: `ED25519`, `ED448`, `RSA`, `EC`.
  ///   - bytes: the size of the certificate, if it matters.
  init(_ kind: String = "ED25519", bytes: Int? = nil) {
    key = TestCertificate.key(kind)
    certificate = TestCertificate.certificate(of: key, padding: 0)
    guard let bytes else { return }
    // The lengths inside take one to three bytes, so the right padding is found by trying.
    var padding = max(0, bytes - size - 40)
    while size < bytes {
      X509_free(certificate)
      certificate = TestCertificate.certificate(of: key, padding: padding)
      padding += 1
    }
    precondition(size == bytes)
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  /// The size of the certificate in bytes.
  var size: Int { Int(i2d_X509(certificate, nil)) }

  fileprivate static func key(_ kind: String) -> OpaquePointer {
    let context = EVP_PKEY_CTX_new_from_name(nil, kind, nil)
    defer { EVP_PKEY_CTX_free(context) }
    EVP_PKEY_keygen_init(context)
    if kind == "EC" { EVP_PKEY_CTX_set_group_name(context, "prime256v1") }
    var key: OpaquePointer?
    precondition(EVP_PKEY_generate(context, &key) == 1)
    return key!
  }

  private static func certificate(of key: OpaquePointer, padding: Int) -> OpaquePointer {
    let certificate = X509_new()!
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7)
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200)
    // It is over: dates do not count.
    X509_gmtime_adj(X509_getm_notAfter(certificate), -3600)
    let name = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(name, "CN", CInt(V_ASN1_UTF8STRING), "somebody", -1, -1, 0)
    X509_set_issuer_name(certificate, name)
    X509_set_pubkey(certificate, key)
    if padding > 0 {
      let value = ASN1_OCTET_STRING_new()
      ASN1_OCTET_STRING_set(value, [UInt8](repeating: 0x41, count: padding), CInt(padding))
      let object = OBJ_txt2obj("1.2.3.4", 1)
      let addition = X509_EXTENSION_create_by_OBJ(nil, object, 0, value)
      X509_add_ext(certificate, addition, -1)
      X509_EXTENSION_free(addition)
      ASN1_OBJECT_free(object)
      ASN1_OCTET_STRING_free(value)
    }
    let signsItself = ["ED25519", "ED448"].contains(String(cString: EVP_PKEY_get0_type_name(key)))
    precondition(X509_sign(certificate, key, signsItself ? nil : EVP_sha256()) > 0)
    return certificate
  }
}

extension TestCertificate {
  /// Puts another key into the certificate, which is not signed anew.
  func replaceKey(_ kind: String) {
    let other = TestCertificate.key(kind)
    precondition(X509_set_pubkey(certificate, other) == 1)
    EVP_PKEY_free(other)
  }
}
