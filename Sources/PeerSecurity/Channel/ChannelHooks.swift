import Basics
import COpenSSL

/// The functions that OpenSSL calls back: the bytes on both sides of the handshake, and the judgement of the peer. One
/// belongs to each channel, and the functions below find it.
final class ChannelHooks {
  /// The name of our protocol (ALPN, RFC 7301).
  static let applicationProtocol = Array("tincan/1".utf8)

  let role: TLSChannel.Role
  let policy: TLSChannel.Policy
  /// The only key that may answer; nil when each may.
  let expected: Fingerprint?

  /// The bytes that were received and that OpenSSL has not read yet. It is set only while the channel takes a piece.
  var input = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The bytes that OpenSSL wrote. Alerts are among them, so they go out whatever else failed.
  var output = ByteQueue()
  /// The name of the peer's key, once it was shown.
  var fingerprint: Fingerprint?
  /// The fault of the peer. It says more than OpenSSL's error, which only says that we refused.
  var failure: SecurityFailure?

  init(_ role: TLSChannel.Role, _ policy: TLSChannel.Policy, expected: Fingerprint?) {
    self.role = role
    self.policy = policy
    self.expected = expected
  }

  /// Ties a handle of OpenSSL's to these hooks, which the channel keeps alive longer.
  func attach(to ssl: OpaquePointer) throws(SecurityFailure) {
    let reference = Unmanaged.passUnretained(self).toOpaque()
    guard SSL_set_ex_data(ssl, 0, reference) == 1, let method = memoryMethod.pointer, let bio = BIO_new(method) else {
      throw .takeFromLocalCall()
    }
    BIO_set_data(bio, reference)
    BIO_set_init(bio, 1)
    // The handle owns it from here on, for both directions.
    SSL_set_bio(ssl, bio, bio)
  }

  private static func of(_ reference: UnsafeMutableRawPointer?) -> ChannelHooks {
    Unmanaged.fromOpaque(reference!).takeUnretainedValue()
  }

  static func of(ssl: OpaquePointer?) -> ChannelHooks { of(SSL_get_ex_data(ssl, 0)) }
  static func of(bio: OpaquePointer?) -> ChannelHooks { of(BIO_get_data(bio)) }
}

// MARK: Bytes

/// The table of functions that stand where a socket's would. It is made once and only read afterwards.
private struct MemoryMethod: @unchecked Sendable {
  let pointer: OpaquePointer?

  init() {
    pointer = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory of a channel")
    BIO_meth_set_write_ex(pointer, write)
    BIO_meth_set_read_ex(pointer, read)
    BIO_meth_set_ctrl(pointer, control)
  }
}

private let memoryMethod = MemoryMethod()

private func write(
  _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int, _ written: UnsafeMutablePointer<Int>?
) -> CInt {
  copenssl_BIO_clear_retry_flags(bio)
  ChannelHooks.of(bio: bio).output.append(UnsafeRawBufferPointer(start: bytes, count: count))
  written?.pointee = count
  return 1
}

private func read(
  _ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ room: Int, _ count: UnsafeMutablePointer<Int>?
) -> CInt {
  copenssl_BIO_clear_retry_flags(bio)
  let hooks = ChannelHooks.of(bio: bio)
  let taken = min(room, hooks.input.count)
  guard taken > 0 else {
    // Nothing more has come yet. The end of a link is not OpenSSL's to judge, so it never sees one.
    copenssl_BIO_set_retry_read(bio)
    return 0
  }
  UnsafeMutableRawBufferPointer(start: bytes, count: taken).copyMemory(
    from: UnsafeRawBufferPointer(rebasing: hooks.input[..<taken]))
  hooks.input = UnsafeRawBufferPointer(rebasing: hooks.input[taken...])
  count?.pointee = taken
  return 1
}

private func control(
  _ bio: OpaquePointer?, _ command: CInt, _ number: CLong, _ pointer: UnsafeMutableRawPointer?
) -> CLong {
  // Memory has nothing to flush, which is a success; OpenSSL asks for nothing else that matters.
  command == BIO_CTRL_FLUSH ? 1 : 0
}

// MARK: Judgements

/// Judges the peer's certificates, in place of OpenSSL's chains, names and dates.
func verifyPeer(_ store: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> CInt {
  let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
  let hooks = ChannelHooks.of(ssl: ssl.map { OpaquePointer($0) })
  do throws(SecurityFailure) {
    // A server without our protocol is refused here, before this end has shown its own key.
    if hooks.role == .client, !agreedOnProtocol(ssl.map { OpaquePointer($0) }) { throw .noTincanProtocol }
    guard let leaf = X509_STORE_CTX_get0_cert(store) else { throw .certificateMissing }
    let count = copenssl_sk_X509_num(X509_STORE_CTX_get0_untrusted(store))
    let fingerprint = try Certificate.fingerprint(of: leaf, chainCount: Int(count))
    if let expected = hooks.expected, expected != fingerprint { throw .otherKey(fingerprint) }
    hooks.fingerprint = fingerprint
    return 1
  } catch {
    hooks.failure = error
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
    return 0
  }
}

/// Refuses a client that does not ask for any protocol, before the server has shown its key. Which protocols it asks
/// for is judged in ``selectProtocol``.
func judgeClientHello(
  _ ssl: OpaquePointer?, _ alert: UnsafeMutablePointer<CInt>?, _ argument: UnsafeMutableRawPointer?
) -> CInt {
  let hooks = ChannelHooks.of(ssl: ssl)
  // One without the list of versions has no TLS 1.3, and OpenSSL refuses it for that.
  guard hooks.policy == .tincan, offers(ssl, TLSEXT_TYPE_supported_versions),
    !offers(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)
  else { return SSL_CLIENT_HELLO_SUCCESS }
  hooks.failure = .noTincanProtocol
  alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
  return SSL_CLIENT_HELLO_ERROR
}

private func offers(_ ssl: OpaquePointer?, _ extensionType: CInt) -> Bool {
  var bytes: UnsafePointer<UInt8>?
  var count = 0
  return SSL_client_hello_get0_ext(ssl, CUnsignedInt(extensionType), &bytes, &count) == 1
}

/// Chooses our protocol from those that a client asks for.
func selectProtocol(
  _ ssl: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ selectedCount: UnsafeMutablePointer<UInt8>?, _ list: UnsafePointer<UInt8>?, _ listCount: CUnsignedInt,
  _ argument: UnsafeMutableRawPointer?
) -> CInt {
  let names = UnsafeBufferPointer(start: list, count: Int(listCount))
  var start = 0
  // A list of names, each behind its length (RFC 7301 section 3.1).
  while start < names.count, start + 1 + Int(names[start]) <= names.count {
    let name = names[(start + 1)..<(start + 1 + Int(names[start]))]
    if name.elementsEqual(ChannelHooks.applicationProtocol) {
      selected?.pointee = list! + start + 1
      selectedCount?.pointee = UInt8(name.count)
      return SSL_TLSEXT_ERR_OK
    }
    start += 1 + name.count
  }
  let hooks = ChannelHooks.of(ssl: ssl)
  if hooks.policy == .open { return SSL_TLSEXT_ERR_NOACK }
  hooks.failure = .noTincanProtocol
  return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// Whether both ends have agreed on our protocol.
func agreedOnProtocol(_ ssl: OpaquePointer?) -> Bool {
  var bytes: UnsafePointer<UInt8>?
  var count: CUnsignedInt = 0
  SSL_get0_alpn_selected(ssl, &bytes, &count)
  return UnsafeBufferPointer(start: bytes, count: Int(count)).elementsEqual(ChannelHooks.applicationProtocol)
}
