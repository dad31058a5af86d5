import COpenSSL

/// OpenSSL's settings, which all channels of an identity share. It is made once for each identity, because
/// that takes longer than a channel does, and it never changes afterwards.
///
/// `@unchecked Sendable`: OpenSSL counts the channels of a context atomically, and nobody writes to it.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer
  /// The groups for the key exchange: the one that also withstands a quantum computer, where OpenSSL has it (3.5 and
  /// later). An older one refuses a list with a name that it does not know.
  private static let groups = ["X25519MLKEM768:X25519", "X25519"]
  /// A foreign program may have another one alone: socat 1.7 offers P-256 only. A tincan peer never asks for it.
  private static let foreignGroup = ":P-256"

  /// - Parameter key: the key of this end.
  init(_ key: Ed25519) throws(SecurityFailure) {
    let certificate = try Certificate(of: key)
    clearErrors()
    guard let context = SSL_CTX_new(TLS_method()) else { throw .takeFromLocalCall() }
    pointer = context
    try restrict()
    guard SSL_CTX_use_certificate(context, certificate.pointer) == 1, SSL_CTX_use_PrivateKey(context, key.pointer) == 1
    else { throw .takeFromLocalCall() }
    SSL_CTX_set_cert_verify_callback(context, verifyPeer, nil)
    SSL_CTX_set_client_hello_cb(context, judgeClientHello, nil)
    SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
  }

  deinit { SSL_CTX_free(pointer) }

  /// Lets foreign programs choose a group that is theirs.
  func acceptForeignGroups(on ssl: OpaquePointer) throws(SecurityFailure) {
    guard TLSContext.groups.contains(where: { copenssl_SSL_set1_groups_list(ssl, $0 + TLSContext.foreignGroup) == 1 })
    else { throw .takeFromLocalCall() }
    clearErrors()
  }

  /// TLS 1.3 and Ed25519 only, and nothing that outlives a channel: no session is resumed, no text comes early.
  private func restrict() throws(SecurityFailure) {
    guard copenssl_SSL_CTX_set_proto_versions(pointer, TLS1_3_VERSION, TLS1_3_VERSION) == 1,
      copenssl_SSL_CTX_set1_sigalgs_lists(pointer, "ed25519") == 1,
      TLSContext.groups.contains(where: { copenssl_SSL_CTX_set1_groups_list(pointer, $0) == 1 }),
      SSL_CTX_set_num_tickets(pointer, 0) == 1,
      SSL_CTX_set_max_early_data(pointer, 0) == 1,
      SSL_CTX_set_recv_max_early_data(pointer, 0) == 1
    else { throw .takeFromLocalCall() }
    // A group list that was refused has left an error.
    clearErrors()
    SSL_CTX_set_options(pointer, copenssl_SSL_OP_NO_TICKET | copenssl_SSL_OP_NO_RENEGOTIATION)
    SSL_CTX_clear_options(pointer, copenssl_SSL_OP_IGNORE_UNEXPECTED_EOF)
    SSL_CTX_set_post_handshake_auth(pointer, 0)
    copenssl_SSL_CTX_set_session_cache_mode(pointer, SSL_SESS_CACHE_OFF)
    copenssl_SSL_CTX_set_max_cert_list(pointer, TLSLimits.certificateMessageBytesMax)
    // A channel that waits holds no buffer of 16 KiB for each direction.
    copenssl_SSL_CTX_set_mode(pointer, CLong(SSL_MODE_RELEASE_BUFFERS))
  }
}
