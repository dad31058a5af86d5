import COpenSSL
import Testing

@testable import PeerSecurity

@Suite("The handshake of a channel")
struct HandshakeTests {
  @Test("Both ends find each other's key, whatever the size of the pieces that bytes come in")
  func pieces() throws {
    for piece in Array(1...50) + Array(stride(from: 60, to: 900, by: 30)) + [5000] {
      let client = try TLSChannel(.client, Keys.alice)
      let server = try TLSChannel(.server, Keys.bob)
      client.start()
      Wire.run(client, server, piece: piece)
      #expect(client.peer?.fingerprint == Keys.bob.fingerprint, "in pieces of \(piece)")
      #expect(server.peer?.fingerprint == Keys.alice.fingerprint, "in pieces of \(piece)")
      #expect(client.isEstablished && server.isEstablished, "in pieces of \(piece)")
      client.send(Array("there".utf8)[...])
      server.send(Array("back".utf8)[...])
      Wire.run(client, server, piece: piece)
      #expect(server.takeText() == Array("there".utf8), "in pieces of \(piece)")
      #expect(client.takeText() == Array("back".utf8), "in pieces of \(piece)")
    }
  }

  @Test("Both ends know how the keys were exchanged, and that both are tincan")
  func findings() throws {
    let (client, server) = try Wire.pair()
    for peer in [client.peer, server.peer] {
      #expect(peer?.speaksTincan == true)
      #expect(["X25519", "X25519MLKEM768"].contains(peer?.group))
    }
  }

  @Test("No byte but the last of each side ends its handshake")
  func lastBytes() throws {
    let ends = (client: try TLSChannel(.client, Keys.alice), server: try TLSChannel(.server, Keys.bob))
    ends.client.start()
    while !ends.client.output.isEmpty || !ends.server.output.isEmpty {
      for byte in Wire.take(from: ends.client) {
        #expect(ends.server.state == .handshaking)
        ends.server.receive([byte])
      }
      for byte in Wire.take(from: ends.server) {
        #expect(ends.client.state == .handshaking)
        ends.client.receive([byte])
      }
    }
    #expect(ends.client.isEstablished && ends.server.isEstablished)
  }

  @Test("A handshake that is cut anywhere is one that was cut")
  func cuts() throws {
    let (fromClient, fromServer) = try flightSizes()
    for count in [0, 1, 4, 5, 6, fromClient - 1] + Array(stride(from: 20, to: fromClient, by: 20)) {
      let server = try cut(after: count, toServer: true).server
      server.receiveEnd()
      #expect(server.failure == .cutInHandshake, "after \(count) bytes of the client")
    }
    for count in [0, 1, 4, 5, 6, fromServer - 1] + Array(stride(from: 20, to: fromServer, by: 20)) {
      let client = try cut(after: count, toServer: false).client
      client.receiveEnd()
      #expect(client.failure == .cutInHandshake, "after \(count) bytes of the server")
      #expect(!client.acceptsCiphertext && !client.acceptsPlaintext)
    }
  }

  /// How many bytes each side sends until both are established.
  private func flightSizes() throws -> (client: Int, server: Int) {
    let ends = (client: try TLSChannel(.client, Keys.alice), server: try TLSChannel(.server, Keys.bob))
    ends.client.start()
    var sizes = (client: 0, server: 0)
    while !ends.client.output.isEmpty || !ends.server.output.isEmpty {
      let there = Wire.take(from: ends.client)
      ends.server.receive(there[...])
      let back = Wire.take(from: ends.server)
      ends.client.receive(back[...])
      sizes = (sizes.client + there.count, sizes.server + back.count)
    }
    return sizes
  }

  /// Two channels that have exchanged everything but what one side sends after some bytes.
  private func cut(after count: Int, toServer: Bool) throws -> (client: TLSChannel, server: TLSChannel) {
    let ends = (client: try TLSChannel(.client, Keys.alice), server: try TLSChannel(.server, Keys.bob))
    ends.client.start()
    var left = (toServer: toServer ? count : .max, toClient: toServer ? .max : count)
    while !ends.client.output.isEmpty || !ends.server.output.isEmpty {
      let there = Wire.take(from: ends.client).prefix(left.toServer)
      left.toServer -= there.count
      ends.server.receive(there)
      let back = Wire.take(from: ends.server).prefix(left.toClient)
      left.toClient -= back.count
      ends.client.receive(back)
    }
    return ends
  }

  @Test("Nothing is sent after the handshake: no ticket to resume a session with")
  func tickets() throws {
    let (client, server) = try Wire.pair()
    #expect(client.output.isEmpty && server.output.isEmpty)
    let foreign = ForeignPeer(isServer: false)
    let open = try TLSChannel(.server, Keys.bob, .open)
    Wire.run(open, foreign)
    #expect(open.isEstablished && open.output.isEmpty)
  }

  @Test("Text is not taken before the handshake is over")
  func tooEarly() throws {
    let client = try TLSChannel(.client, Keys.alice)
    client.start()
    #expect(!client.acceptsPlaintext)
    #expect(client.send([1, 2, 3]) == 0)
    let hello = client.output.count
    client.close()
    #expect(client.output.count == hello)
  }

  @Test("A channel that asks for one key refuses another, and the client shows its own to nobody else")
  func expectedKey() throws {
    let client = try TLSChannel(.client, Keys.alice, expected: Keys.bob.fingerprint)
    let server = try TLSChannel(.server, Keys.mallory)
    client.start()
    Wire.run(client, server)
    #expect(client.failure == .otherKey(Keys.mallory.fingerprint))
    #expect(server.failure == .refused(alert: 42) && server.failure?.family == .refusal)
    #expect("\(SecurityFailure.refused(alert: 42))" == "the other end does not accept this end's key")
    #expect(server.peer == nil)

    let right = try TLSChannel(.client, Keys.alice, expected: Keys.bob.fingerprint)
    let bob = try TLSChannel(.server, Keys.bob, expected: Keys.alice.fingerprint)
    right.start()
    Wire.run(right, bob)
    #expect(right.isEstablished && bob.isEstablished)
  }

  @Test("Two channels of one identity talk to each other")
  func oneIdentity() throws {
    let (client, server) = try Wire.pair(Keys.alice, Keys.alice)
    #expect(client.peer?.fingerprint == Keys.alice.fingerprint && server.peer == client.peer)
  }

  @Test("A key that both export is theirs alone: a man in the middle has two others")
  func exportedKeys() throws {
    let label = "EXPORTER-tincan-test"
    let (client, server) = try Wire.pair()
    #expect(client.exportKey(label: label, length: 32) == server.exportKey(label: label, length: 32))
    #expect(client.exportKey(label: label, length: 32) != client.exportKey(label: label + "2", length: 32))
    // He ends both channels himself.
    let (victim, inside) = try Wire.pair(Keys.alice, Keys.mallory)
    let (outside, other) = try Wire.pair(Keys.mallory, Keys.bob)
    let keys = [victim, inside, outside, other].map { $0.exportKey(label: label, length: 32) }
    #expect(keys[0] == keys[1] && keys[2] == keys[3] && keys[0] != keys[3])
  }

  @Test("A failure leaves no error behind for the next channel")
  func errorQueue() throws {
    let server = try TLSChannel(.server, Keys.bob)
    server.receive([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5])
    #expect(server.failure != nil)
    #expect(ERR_peek_error() == 0)
    // Here this end's own judgement is the reason, and OpenSSL adds its errors to it.
    let asking = try TLSChannel(.client, Keys.alice, expected: Keys.bob.fingerprint)
    let other = try TLSChannel(.server, Keys.mallory)
    asking.start()
    other.receive(Wire.take(from: asking)[...])
    asking.receive(Wire.take(from: other)[...])
    #expect(asking.failure == .otherKey(Keys.mallory.fingerprint))
    #expect(ERR_peek_error() == 0)
    let (client, _) = try Wire.pair()
    #expect(client.isEstablished)
  }
}
