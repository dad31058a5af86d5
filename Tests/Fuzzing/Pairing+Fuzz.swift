@testable import PeerSecurity

extension FuzzTarget {
  /// Messages of a pairing: a byte for the length of each, then the message.
  static let pairingExchange = FuzzTarget(
    name: "pairing-exchange", words: ["B\u{1}\u{4}", "!\u{2}", "\u{0}", "\u{1}\u{1}"]
  ) { input in
    for role in [TLSChannel.Role.client, .server] {
      var exchange = PairingExchange(
        role, own: fingerprint(1), peer: fingerprint(2), password, channelKey: [UInt8](repeating: 7, count: 32),
        scalar: [UInt8](repeating: 9, count: 32))
      _ = exchange.begin()
      var rest = input[...]
      while let count = rest.popFirst() {
        let before = exchange.state
        let answer = exchange.receive(rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
        try require(exchange.state != .agreed, "a peer agreed that does not know the code")
        if case .failed = before { try requireEqual(exchange.state, before, "a failure did not stick") }
        if case .failed = exchange.state { try require(answer == nil, "an answer after a failure") }
      }
    }
  }

  /// A text that a person types as a code.
  static let pairingCode = FuzzTarget(
    name: "pairing-code",
    words: ["482913", "-", " ", "walrus", "lemon", "violin", "yo-yo", "yoyo", "wal", "LEMON", "–", "0"]
  ) { input in
    let text = String(decoding: input, as: UTF8.self)
    guard let code = try? PairingCode(text) else { return }
    try requireEqual(try? PairingCode("\(code)"), code, "read again")
  }

  /// The text of a fingerprint.
  static let fingerprint = FuzzTarget(
    name: "fingerprint", words: ["0000-", "zzzz", "m7mh-ar2m-w17t-s2ct-x7s7-a4sc-vg3t-bpy4-x8p2-nmx1-zz3e-1mjk-d0fg"]
  ) { input in
    guard let fingerprint = Fingerprint(String(decoding: input, as: UTF8.self)) else { return }
    try requireEqual(fingerprint.bytes.count, 32, "its length")
    try requireEqual(Fingerprint("\(fingerprint)"), fingerprint, "read again")
  }

  /// The text of a private key.
  static let identity = FuzzTarget(
    name: "identity",
    words: [
      "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n", "MC4CAQAwBQYDK2VwBCIEI", "ENCRYPTED ",
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n", "Proc-Type: 4,ENCRYPTED\n",
    ]
  ) { input in
    do throws(SecurityFailure) {
      let identity = try Identity(pem: input)
      let again = try Identity(pem: identity.pem)
      if again.fingerprint != identity.fingerprint { throw .library(reason: 0) }
    } catch {
      try requireEqual(error, .unusableIdentity, "a text that is no identity")
    }
  }

  private static func fingerprint(_ byte: UInt8) -> Fingerprint {
    Fingerprint(rawKey: [UInt8](repeating: byte, count: 32))
  }

  /// Stretched once: that takes time.
  private static let password: PairingPassword = {
    do { return try PairingPassword(PairingCode("482913-walrus-lemon-violin")) } catch {
      preconditionFailure("\(error)")
    }
  }()
}
