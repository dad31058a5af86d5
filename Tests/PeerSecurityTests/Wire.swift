@testable import PeerSecurity

/// The wire between two ends in memory.
enum Wire {
  /// Moves what waits between two channels until nothing does.
  /// - Parameter piece: the most bytes that arrive at once.
  static func run(_ one: TLSChannel, _ other: TLSChannel, piece: Int = .max) {
    while move(from: one, to: other, piece) || move(from: other, to: one, piece) {}
  }

  /// - Returns: whether there was something.
  private static func move(from one: TLSChannel, to other: TLSChannel, _ piece: Int) -> Bool {
    guard !one.output.isEmpty else { return false }
    let bytes = take(from: one)
    var start = 0
    while start < bytes.count {
      other.receive(bytes[start..<min(bytes.count, start + min(piece, bytes.count))])
      start += min(piece, bytes.count)
    }
    return true
  }

  /// Moves what waits between a channel and a foreign program until nothing does.
  static func run(_ one: TLSChannel, _ other: ForeignPeer) {
    while true {
      let there = take(from: one)
      other.receive(there[...])
      let back = other.takeOutput()
      one.receive(back[...])
      if there.isEmpty, back.isEmpty { return }
    }
  }

  /// The output of a channel.
  static func take(from one: TLSChannel) -> [UInt8] {
    let bytes = Array(one.output)
    one.sent(bytes.count)
    return bytes
  }

  /// Two channels whose handshake is over.
  static func pair(
    _ client: Identity = Keys.alice, _ server: Identity = Keys.bob
  ) throws -> (client: TLSChannel, server: TLSChannel) {
    let ends = (client: try TLSChannel(.client, client), server: try TLSChannel(.server, server))
    ends.client.start()
    run(ends.client, ends.server)
    return ends
  }
}

/// Identities that several tests use: making them takes longer than using them.
enum Keys {
  static let alice = makeIdentity()
  static let bob = makeIdentity()
  static let mallory = makeIdentity()

  private static func makeIdentity() -> Identity {
    do { return try Identity.generate() } catch { preconditionFailure("no identity: \(error)") }
  }
}

extension TLSChannel {
  /// All text that came, which is used up.
  func takeText() -> [UInt8] {
    let text = Array(plaintext)
    consumed(text.count)
    return text
  }

  /// The reason why it failed; nil while it has not.
  var failure: SecurityFailure? {
    if case .failed(let failure) = state { return failure }
    return nil
  }

  var isEstablished: Bool {
    if case .established = state { return true }
    return false
  }
}
