/// The exchange that shows two ends of a channel that both know the pairing code (RFC 9382), without showing it.
///
/// Four messages, and the client of the channel begins. Each side gives what it gets to ``receive(_:)`` and sends what
/// that returns:
///
/// ```
///   client                             server        bytes
///   begin() ────────── share ────────▸               1, point (65)
///           ◂───────── share ─────────               1, point (65)
///           ────── confirmation ─────▸ verified      2, code (32)
///   verified ◂───── confirmation ─────               2, code (32)
///   agreed                             agreed
/// ```
///
/// The names in it are the side and the fingerprint of each end, so that one identity at both ends works and a message
/// that is sent back to its sender does not. The digits and a key of this channel alone are in it too: with a man in
/// the middle the two ends have different keys, and the exchange fails.
///
/// Rules. An exchange is used once and on one channel. A guess counts when ``hasBegun``: a peer that takes our messages
/// and hangs up has guessed. A server is agreed before its client can know, so after a cut only one of them may have
/// the other's key: that is a reason to pair again, never a changed key.
public struct PairingExchange: Sendable {
  /// The steps of an exchange.
  public enum State: Equatable, Sendable {
    case waitingForShare
    case waitingForConfirmation
    /// The peer knows the code. A client's peer knows that of it, too.
    case agreed
    case failed(PairingFailure)
  }

  /// The step that it has reached.
  public private(set) var state = State.waitingForShare
  /// Whether a message of this end went out, so that a guess is to be counted.
  public private(set) var hasBegun = false

  private let role: TLSChannel.Role
  private let exchange: SPAKE2
  private let additionalData: [UInt8]
  /// The confirmations that the two are to send.
  private var confirmations: (own: [UInt8], peer: [UInt8]) = ([], [])

  private enum Kind {
    static let share: UInt8 = 1
    static let confirmation: UInt8 = 2
  }

  /// The key of the channel that takes part in the exchange.
  static let channelKeyLabel = "EXPORTER-tincan-pairing-v1"
  private static let channelKeyBytes = 32

  /// An exchange on a channel.
  /// - Parameters:
  ///   - channel: an established one, whose peer has shown its key.
  ///   - own: the fingerprint of this end.
  public init(on channel: TLSChannel, own: Fingerprint, _ password: PairingPassword) {
    guard let peer = channel.peer?.fingerprint else {
      preconditionFailure("a peer without a key cannot be paired with")
    }
    let key = channel.exportKey(label: PairingExchange.channelKeyLabel, length: PairingExchange.channelKeyBytes)
    self.init(channel.role, own: own, peer: peer, password, channelKey: key, scalar: P256.randomScalar())
  }

  init(
    _ role: TLSChannel.Role, own: Fingerprint, peer: Fingerprint, _ password: PairingPassword, channelKey: [UInt8],
    scalar: [UInt8]
  ) {
    self.role = role
    let (client, server) = role == .client ? (own, peer) : (peer, own)
    exchange = SPAKE2(
      role == .client ? .a : .b,
      names: (Array("tincan/1 client ".utf8) + client.bytes, Array("tincan/1 server ".utf8) + server.bytes),
      password: password.scalar, scalar: scalar)
    // All parts have fixed lengths.
    additionalData = Array("tincan/1 pairing ".utf8) + Array(password.digits.utf8) + channelKey
  }

  /// Begins.
  /// - Returns: the first message of a client; nil from a server, which waits for it.
  public mutating func begin() -> [UInt8]? {
    guard role == .client, !hasBegun else { return nil }
    hasBegun = true
    return [Kind.share] + exchange.share
  }

  /// Takes a message of the peer's.
  /// - Returns: the message to send; nil when there is none. After a failure there never is.
  public mutating func receive(_ message: ArraySlice<UInt8>) -> [UInt8]? {
    switch (state, message.first) {
    case (.waitingForShare, Kind.share) where role == .server || hasBegun: return receiveShare(message.dropFirst())
    case (.waitingForConfirmation, Kind.confirmation): return receiveConfirmation(message.dropFirst())
    case (.agreed, _), (.waitingForShare, _), (.waitingForConfirmation, _): state = .failed(.violation)
    case (.failed, _): break
    }
    return nil
  }

  private mutating func receiveShare(_ share: ArraySlice<UInt8>) -> [UInt8]? {
    guard let transcript = exchange.transcript(share) else {
      state = .failed(.violation)
      return nil
    }
    let codes = SPAKE2.confirmations(transcript, additionalData: additionalData)
    confirmations = role == .client ? (codes.a, codes.b) : (codes.b, codes.a)
    state = .waitingForConfirmation
    hasBegun = true
    return role == .client ? [Kind.confirmation] + confirmations.own : [Kind.share] + exchange.share
  }

  private mutating func receiveConfirmation(_ code: ArraySlice<UInt8>) -> [UInt8]? {
    guard code.count == confirmations.peer.count else {
      state = .failed(.violation)
      return nil
    }
    guard SHA256.areEqual(code, confirmations.peer) else {
      state = .failed(.wrongCode)
      return nil
    }
    state = .agreed
    // The server confirms only now, so that a client that does not know the code learns nothing to test guesses with.
    return role == .server ? [Kind.confirmation] + confirmations.own : nil
  }
}

/// The reason why two ends did not agree.
public enum PairingFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The peer has another code, or somebody stands between the two.
  case wrongCode
  /// The peer sent what does not belong there.
  case violation

  /// The problem, in words a person can act on.
  public var description: String {
    switch self {
    case .wrongCode: "the codes differ"
    case .violation: "what came is no part of an exchange of codes: the other end is broken"
    }
  }
}
