import Basics
import COpenSSL

/// One end of an encrypted link: TLS 1.3 (RFC 8446) over OpenSSL, without a socket. Encrypted bytes go in and text
/// comes out, and the reverse.
///
/// ```
///   link  ── receive ──▸ │         │ ──▸ plaintext ── consumed ──▸  session
///   link  ◂── output ─── │ OpenSSL │ ◂── send ────────────────────  session
///          ── sent ────▸ │         │
/// ```
///
/// A channel goes one way through its states:
///
/// ```
///   handshaking ─▸ established ─▸ ended       the peer announced its end (close_notify)
///        │              ├──────▸ truncated   the link ended without that
///        └──────────────┴──────▸ failed      the peer or OpenSSL is at fault
/// ```
///
/// Rules. ``output`` may have bytes in every state, an alert in the last ones, and they are to be sent. Text that came
/// before a state changed stays in ``plaintext``. Both directions end by themselves, so ``send(_:)`` works after the
/// peer has ended, until ``close()``. A client is established when it has judged the server; whether the server takes
/// the client shows in what comes next.
public final class TLSChannel {
  /// The side of the handshake.
  public enum Role: Equatable, Sendable { case client, server }

  /// The peers that are let through.
  public enum Policy: Equatable, Sendable {
    /// Only those with a key and the protocol `tincan/1`.
    case tincan
    /// A server's: every client of TLS 1.3 too, so that foreign programs can be the other end. To a client it means the
    /// same as ``tincan``.
    case open
  }

  /// The finding of the handshake.
  public struct Peer: Equatable, Sendable {
    /// The name of the peer's key; nil when it showed none, which only ``Policy/open`` lets through.
    public let fingerprint: Fingerprint?
    /// Whether it speaks `tincan/1`.
    public let speaksTincan: Bool
    /// The group of the key exchange: `X25519`, or `X25519MLKEM768`, which also withstands a quantum computer.
    public let group: String
  }

  /// How far it is. See the picture above.
  public enum State: Equatable, Sendable {
    case handshaking
    case established(Peer)
    case ended
    case truncated
    case failed(SecurityFailure)
  }

  /// How far it is.
  public private(set) var state = State.handshaking
  /// The finding of the handshake; nil before it is over. It stays when the channel ends.
  public private(set) var peer: Peer?
  /// Whether records are padded, so that their lengths say little. It is for what a person types; bulk needs none.
  public var padsRecords = false {
    didSet { SSL_set_block_padding(ssl, padsRecords ? TLSLimits.paddingBytes : 0) }
  }

  /// Its side of the handshake.
  var role: Role { hooks.role }

  private let ssl: OpaquePointer
  private let hooks: ChannelHooks
  /// Keeps the settings that `ssl` was made from.
  private let context: TLSContext
  private var received = ReceiveBuffer()
  private var hasReceived = false
  private var isClosed = false
  /// So many records of this end may still be encrypted with the key they have.
  var recordsUntilRenewal = TLSLimits.recordsOfAKeyMax

  /// A channel at the start of its link.
  /// - Parameters:
  ///   - identity: the key of this end.
  ///   - expected: the only key that may answer. Another is refused before a client has shown its own.
  public init(
    _ role: Role, _ identity: Identity, _ policy: Policy = .tincan, expected: Fingerprint? = nil
  ) throws(SecurityFailure) {
    context = try identity.context
    hooks = ChannelHooks(role, policy, expected: expected)
    clearErrors()
    guard let ssl = SSL_new(context.pointer) else { throw .takeFromLocalCall() }
    self.ssl = ssl
    try hooks.attach(to: ssl)
    let mayLackKey = role == .server && policy == .open
    if mayLackKey { try context.acceptForeignGroups(on: ssl) }
    SSL_set_verify(ssl, SSL_VERIFY_PEER | (mayLackKey ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT), nil)
    switch role {
    case .client:
      let name = ChannelHooks.applicationProtocol
      // Zero is its success.
      guard SSL_set_alpn_protos(ssl, [UInt8(name.count)] + name, CUnsignedInt(name.count + 1)) == 0 else {
        throw .takeFromLocalCall()
      }
      SSL_set_connect_state(ssl)
    case .server: SSL_set_accept_state(ssl)
    }
  }

  deinit { SSL_free(ssl) }

  // MARK: From the link

  /// Begins: a client's first bytes are in ``output``.
  public func start() { advance() }

  /// Takes bytes from the link. All of them are used at once, so the link is not to be read while
  /// ``acceptsCiphertext`` is false.
  public func receive(_ ciphertext: ArraySlice<UInt8>) {
    guard isReading, !ciphertext.isEmpty else { return }
    if !hasReceived {
      hasReceived = true
      // Records of the handshake and alerts (RFC 8446 section 5.1). Everything else never was TLS.
      guard [0x15, 0x16].contains(ciphertext[ciphertext.startIndex]) else { return fail(.notTLS) }
    }
    ciphertext.withUnsafeBytes {
      hooks.input = $0
      advance()
      hooks.input = UnsafeRawBufferPointer(start: nil, count: 0)
    }
  }

  /// Notes that no more bytes come from the link. Unless the peer has announced it, that is a truncation.
  public func receiveEnd() {
    switch state {
    case .handshaking: fail(.cutInHandshake)
    case .established: state = .truncated
    case .ended, .truncated, .failed: break
    }
  }

  /// Whether the link is to be read: the peer may still send, and there is room for it and for what OpenSSL replies.
  public var acceptsCiphertext: Bool {
    isReading && received.bytes.count < TLSLimits.plaintextBytesHigh && hasReplyRoom
  }

  /// Whether ``output`` has room for what OpenSSL replies to what comes.
  public var hasReplyRoom: Bool { hooks.output.count < TLSLimits.outputBytesMax }

  private var isReading: Bool {
    switch state {
    case .handshaking, .established: true
    case .ended, .truncated, .failed: false
    }
  }

  // MARK: To the link

  /// Encrypted bytes for the link, in order; empty when nothing waits.
  public var output: ArraySlice<UInt8> { hooks.output.bytes }

  /// Notes that the link took the first `count` bytes of the output.
  public func sent(_ count: Int) { hooks.output.drop(first: count) }

  // MARK: The text

  /// Decrypted text, oldest first. A change of the channel copies it if the slice is still held.
  public var plaintext: ArraySlice<UInt8> { received.bytes }

  /// Notes that the first `count` bytes of the text are used.
  public func consumed(_ count: Int) { received.drop(first: count) }

  /// Whether ``send(_:)`` takes anything: the handshake is over, this end is not, and the output has room.
  var acceptsPlaintext: Bool { canSend && hooks.output.count < TLSLimits.outputBytesHigh }

  private var canSend: Bool {
    guard !isClosed else { return false }
    switch state {
    case .established, .ended: return peer != nil
    case .handshaking, .truncated, .failed: return false
    }
  }

  /// Encrypts text.
  /// - Returns: how many bytes it took from the front; the rest is to be offered again when ``acceptsPlaintext``.
  @discardableResult
  public func send(_ text: ArraySlice<UInt8>) -> Int {
    guard acceptsPlaintext, !text.isEmpty else { return 0 }
    let record = TLSLimits.recordBytesMax
    // Whole records as long as there is room: a short one costs as much as a long one.
    let room = (TLSLimits.outputBytesHigh - hooks.output.count + record - 1) / record * record
    let count = min(text.count, room)
    renewKey(before: (count + record - 1) / record)
    clearErrors()
    var written = 0
    guard text.withUnsafeBytes({ SSL_write_ex(ssl, $0.baseAddress, count, &written) }) == 1 else {
      fail(.takeFromLocalCall())
      return 0
    }
    return written
  }

  /// Announces the end of this direction (close_notify), behind everything that was sent. The peer may still send.
  public func close() {
    guard canSend else { return }
    isClosed = true
    clearErrors()
    // Zero says that the peer's end is still to come, which is no failure.
    if SSL_shutdown(ssl) < 0 { fail(.takeFromLocalCall()) }
  }

  /// A secret that both ends derive from this channel alone (RFC 8446 section 7.5, with an empty context).
  /// - Parameters:
  ///   - label: what it is for, beginning with `EXPORTER-`.
  ///   - length: in bytes.
  /// - Precondition: the handshake was completed.
  func exportKey(label: String, length: Int) -> [UInt8] {
    precondition(peer != nil, "a key exported before the handshake is over")
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
      let result = SSL_export_keying_material(ssl, buffer.baseAddress, length, label, label.utf8.count, nil, 0, 1)
      precondition(result == 1, "OpenSSL cannot derive a key")
      initialized = length
    }
  }

  // MARK: Steps

  private func advance() {
    if state == .handshaking { shakeHands() }
    while case .established = state, readRecord() {}
  }

  private func shakeHands() {
    clearErrors()
    let result = SSL_do_handshake(ssl)
    guard result == 1 else { return judge(result) }
    let found = Peer(
      fingerprint: hooks.fingerprint, speaksTincan: agreedOnProtocol(ssl), group: KeyExchange.name(of: ssl))
    peer = found
    state = .established(found)
  }

  /// - Returns: whether there was text.
  private func readRecord() -> Bool {
    clearErrors()
    var result: CInt = 0
    received.fill(TLSLimits.recordBytesMax) {
      var count = 0
      result = SSL_read_ex(ssl, $0.baseAddress, $0.count, &count)
      return count
    }
    if result != 1 { judge(result) }
    return result == 1
  }

  /// Finds out why OpenSSL did not go on.
  private func judge(_ result: CInt) {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: break
    case SSL_ERROR_ZERO_RETURN:
      if peer == nil { fail(.cutInHandshake) } else { state = .ended }
    default: fail(hooks.failure ?? .takeFromExchange(isHandshaking: peer == nil))
    }
  }

  private func fail(_ failure: SecurityFailure) {
    clearErrors()
    state = .failed(failure)
  }

  private func renewKey(before records: Int) {
    recordsUntilRenewal -= records
    guard recordsUntilRenewal < 0 else { return }
    recordsUntilRenewal = TLSLimits.recordsOfAKeyMax
    // It goes out with the next text. A failure is found there too.
    SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
  }
}
