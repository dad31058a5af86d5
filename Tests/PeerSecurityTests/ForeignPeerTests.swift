import COpenSSL
import Testing

@testable import PeerSecurity

@Suite("A channel and programs that are not tincan")
struct ForeignPeerTests {
  @Test(
    "What is no TLS is recognised by its first byte",
    arguments: ["hello\n", "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\0", "\u{80}\u{2E}\u{1}\u{3}"])
  func noTLS(text: String) throws {
    for role in [TLSChannel.Role.client, .server] {
      let channel = try TLSChannel(role, Keys.alice)
      channel.start()
      channel.receive(Array(text.utf8)[...])
      #expect(channel.failure == .notTLS)
      #expect(channel.failure?.family == .foreign)
    }
  }

  @Test("What begins like TLS and is none breaks its rules")
  func almostTLS() throws {
    let starts: [[UInt8]] = [
      [0x16, 0x03, 0x01, 0x00, 0x04, 0x09], [0x16, 0x47, 0x45, 0x54, 0x20, 0x2F], [0x16, 0x03, 0x03, 0xFF, 0xFF, 0x01],
    ]
    for start in starts {
      let server = try TLSChannel(.server, Keys.alice)
      server.receive((start + [UInt8](repeating: 0, count: 20))[...])
      #expect(server.failure?.family == .violation)
    }
  }

  @Test("A peer limited to TLS 1.2 is refused and learns why, on both sides")
  func oldTLS() throws {
    let server = try TLSChannel(.server, Keys.alice)
    Wire.run(server, ForeignPeer(isServer: false, protocols: ["tincan/1"], version: TLS1_2_VERSION))
    #expect(server.failure == .noTLS13)
    let open = try TLSChannel(.server, Keys.alice, .open)
    Wire.run(open, ForeignPeer(isServer: false, version: TLS1_2_VERSION))
    #expect(open.failure == .noTLS13)
    let client = try TLSChannel(.client, Keys.alice)
    client.start()
    Wire.run(client, ForeignPeer(isServer: true, certificates: [TestCertificate()], version: TLS1_2_VERSION))
    #expect(client.failure == .noTLS13)
  }

  @Test("A client without our protocol is refused before it sees our key")
  func clientWithoutProtocol() throws {
    for protocols in [[], ["h2", "http/1.1"], ["tincan/2"], ["tincan/1x"]] {
      let server = try TLSChannel(.server, Keys.bob)
      let client = ForeignPeer(isServer: false, certificates: [TestCertificate()], protocols: protocols)
      server.receive(client.takeOutput()[...])
      #expect(server.failure == .noTincanProtocol, "\(protocols)")
      // One alert, and no more: two bytes behind the header of a record.
      #expect(Array(server.output) == [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 120], "\(protocols)")
    }
    let server = try TLSChannel(.server, Keys.bob)
    let client = ForeignPeer(isServer: false, certificates: [TestCertificate()], protocols: ["h2", "tincan/1"])
    Wire.run(server, client)
    #expect(server.peer?.speaksTincan == true && client.isEstablished)
  }

  @Test("A server without our protocol is refused before it sees our key")
  func serverWithoutProtocol() throws {
    let client = try TLSChannel(.client, Keys.alice)
    let server = ForeignPeer(isServer: true, certificates: [TestCertificate()])
    client.start()
    Wire.run(client, server)
    #expect(client.failure == .noTincanProtocol)
    #expect(!server.isEstablished)
  }

  @Test("An open server takes every client of TLS 1.3, and knows whether it is tincan")
  func open() throws {
    for protocols in [[], ["h2"], ["tincan/1"]] {
      for certificates in [[], [TestCertificate()]] {
        let server = try TLSChannel(.server, Keys.bob, .open)
        let client = ForeignPeer(isServer: false, certificates: certificates, protocols: protocols)
        Wire.run(server, client)
        #expect(server.isEstablished && client.isEstablished, "\(protocols)")
        #expect((server.peer?.fingerprint == nil) == certificates.isEmpty)
        #expect(server.peer?.speaksTincan == (protocols == ["tincan/1"]))
        client.send("hello\n")
        server.send(Array("good day\n".utf8)[...])
        client.close()
        Wire.run(server, client)
        #expect(server.takeText() == Array("hello\n".utf8) && client.text == Array("good day\n".utf8))
        #expect(server.state == .ended)
        server.close()
        Wire.run(server, client)
        #expect(client.peerEnded)
      }
    }
  }

  @Test("A client without a key, or with none that we take, is refused by a server that is not open")
  func clientWithoutKey() throws {
    for certificates in [[], [TestCertificate("RSA")], [TestCertificate("EC")], [TestCertificate("ED448")]] {
      let server = try TLSChannel(.server, Keys.bob)
      let client = ForeignPeer(isServer: false, certificates: certificates, protocols: ["tincan/1"])
      Wire.run(server, client)
      #expect(server.failure == .certificateMissing)
    }
  }

  @Test("A server with another kind of key has nothing in common with a client")
  func serverWithOtherKey() throws {
    for kind in ["RSA", "EC", "ED448"] {
      let client = try TLSChannel(.client, Keys.alice)
      client.start()
      Wire.run(client, ForeignPeer(isServer: true, certificates: [TestCertificate(kind)], protocols: ["tincan/1"]))
      #expect(client.failure == .nothingInCommon, "\(kind)")
    }
  }

  @Test("A client that only has other groups has nothing in common with a server, unless that is open")
  func otherGroups() throws {
    let server = try TLSChannel(.server, Keys.bob)
    Wire.run(server, ForeignPeer(isServer: false, protocols: ["tincan/1"], groups: "P-256:P-384"))
    #expect(server.failure == .nothingInCommon)
    let open = try TLSChannel(.server, Keys.bob, .open)
    Wire.run(open, ForeignPeer(isServer: false, groups: "P-256"))
    #expect(open.peer?.speaksTincan == false)
  }

  @Test("One certificate of at most 4 KiB is taken, however old it is, and no other")
  func sizes() throws {
    let big = TestCertificate(bytes: TLSLimits.certificateBytesMax + 1)
    let largest = TestCertificate(bytes: TLSLimits.certificateBytesMax)
    let huge = TestCertificate(bytes: 3 * TLSLimits.certificateBytesMax)
    let rows: [([TestCertificate], SecurityFailure?)] = [
      ([TestCertificate()], nil), ([largest], nil), ([big], .certificateTooBig), ([huge], .certificateTooBig),
      ([TestCertificate(), TestCertificate()], .severalCertificates), ([largest, largest], .severalCertificates),
      ([TestCertificate(), huge], .certificateTooBig),
    ]
    for (certificates, failure) in rows {
      let sizes = certificates.map(\.size)
      let server = try TLSChannel(.server, Keys.bob)
      Wire.run(server, ForeignPeer(isServer: false, certificates: certificates, protocols: ["tincan/1"]))
      #expect(server.failure == failure, "a client's of \(sizes)")
      #expect(server.isEstablished == (failure == nil), "a client's of \(sizes)")
      let client = try TLSChannel(.client, Keys.alice)
      client.start()
      Wire.run(client, ForeignPeer(isServer: true, certificates: certificates, protocols: ["tincan/1"]))
      #expect(client.failure == failure, "a server's of \(sizes)")
      #expect(client.isEstablished == (failure == nil), "a server's of \(sizes)")
    }
  }

  @Test("Only an Ed25519 key has a fingerprint", arguments: ["RSA", "EC", "ED448", "X25519"])
  func kinds(kind: String) throws {
    // X25519 cannot sign, so its certificate is signed by nobody; the key is what counts.
    let certificate = kind == "X25519" ? TestCertificate() : TestCertificate(kind)
    if kind == "X25519" { certificate.replaceKey("X25519") }
    #expect(throws: SecurityFailure.wrongKeyType) {
      try Certificate.fingerprint(of: certificate.certificate, chainCount: 1)
    }
  }

  @Test("A peer that asks for new keys without end, and reads none of the answers, is not to be read any more")
  func keyUpdatesWithoutEnd() throws {
    let server = try TLSChannel(.server, Keys.bob)
    let client = ForeignPeer(isServer: false, certificates: [TestCertificate()], protocols: ["tincan/1"])
    Wire.run(server, client)
    var rounds = 0
    while server.acceptsCiphertext, rounds < 100_000 {
      client.renewKeys()
      client.send("x")
      server.receive(client.takeOutput()[...])
      _ = server.takeText()
      rounds += 1
    }
    #expect(!server.acceptsCiphertext, "\(server.output.count) bytes after \(rounds) rounds")
    #expect(server.output.count < TLSLimits.outputBytesMax + TLSLimits.recordBytesMax)
  }

  @Test("A peer that renews its keys and asks for ours to be renewed is understood")
  func keyUpdates() throws {
    let server = try TLSChannel(.server, Keys.bob)
    let client = ForeignPeer(isServer: false, certificates: [TestCertificate()], protocols: ["tincan/1"])
    Wire.run(server, client)
    for round in 1...50 {
      client.renewKeys()
      client.send("\(round);")
      Wire.run(server, client)
      server.send(Array("\(-round);".utf8)[...])
      Wire.run(server, client)
    }
    #expect(String(decoding: server.takeText(), as: UTF8.self) == (1...50).map { "\($0);" }.joined())
    #expect(String(decoding: client.text, as: UTF8.self) == (1...50).map { "\(-$0);" }.joined())
  }
}
