import PeerSecurity

extension FuzzTarget {
  /// The reading by a server of the first bytes of a link, which anybody can send.
  static let tlsServer = FuzzTarget(
    name: "tls-server",
    words: [
      "\u{16}\u{3}\u{1}\u{0}", "\u{16}\u{3}\u{3}", "\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}", "\u{8}tincan/1", "GET / HTTP/1.1",
    ]
  ) { input in
    let whole = try state([input[...]])
    for pieces in Splits.of(input).prefix(4) {
      try requireEqual(state(pieces), whole, "in pieces of \(pieces.map(\.count))")
    }
  }

  /// The reading by an established end of bytes that its peer did not encrypt.
  static let tlsRecords = FuzzTarget(
    name: "tls-records", words: ["\u{17}\u{3}\u{3}\u{0}\u{11}", "\u{14}\u{3}\u{3}\u{0}\u{1}\u{1}", "\u{15}\u{3}\u{3}"]
  ) { input in
    let client = try TLSChannel(.client, FuzzIdentities.one)
    let server = try TLSChannel(.server, FuzzIdentities.other)
    client.start()
    while !client.output.isEmpty || !server.output.isEmpty {
      move(from: client, to: server)
      move(from: server, to: client)
    }
    try require(server.peer != nil && client.peer != nil, "the handshake did not come to an end")
    server.receive(input[...])
    try require(server.plaintext.isEmpty, "text came out that nobody encrypted")
    switch server.state {
    case .handshaking, .ended, .truncated: throw Breach(description: "the state is \(server.state)")
    case .failed: try require(!server.output.isEmpty, "no alert goes out")
    case .established: break
    }
  }

  /// The state of a server that got these pieces. It shows its key to nobody who does not ask for our protocol.
  private static func state(_ pieces: [ArraySlice<UInt8>]) throws -> TLSChannel.State {
    let server = try TLSChannel(.server, FuzzIdentities.one)
    for piece in pieces { server.receive(piece) }
    try require(server.plaintext.isEmpty && server.peer == nil, "it takes a peer that has shown no key")
    if server.output.count > 100 {
      let text = pieces.joined()
      try require(Array(text).firstRange(of: Array("tincan/1".utf8)) != nil, "it answers one who asks for nothing")
    }
    return server.state
  }

  private static func move(from one: TLSChannel, to other: TLSChannel) {
    let bytes = Array(one.output)
    one.sent(bytes.count)
    other.receive(bytes[...])
  }
}

/// Two keys, made once.
private enum FuzzIdentities {
  static let one = make()
  static let other = make()

  private static func make() -> Identity {
    do { return try Identity.generate() } catch { preconditionFailure("no identity: \(error)") }
  }
}
