import TestSupport
import Testing

@testable import PeerSecurity

@Suite("Text through a channel")
struct ChannelTextTests {
  @Test("Text of every size comes out as it went in, in both directions")
  func sizes() throws {
    let (client, server) = try Wire.pair()
    var dice = Dice(seed: 1)
    for size in [0, 1, 2, 16_383, 16_384, 16_385, 40_000, 262_144] {
      let text = (0..<size).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
      for (from, to) in [(client, server), (server, client)] {
        #expect(from.send(text[...]) == size)
        Wire.run(from, to)
        #expect(to.takeText() == text, "\(size) bytes")
      }
    }
  }

  @Test("A channel takes no more text than its output has room for, and goes on when that was sent")
  func outputBound() throws {
    let (client, server) = try Wire.pair()
    let text = [UInt8](repeating: 0x61, count: 1 << 20)
    var sent = 0
    while sent < text.count {
      let taken = client.send(text[sent...])
      #expect(taken > 0)
      sent += taken
      if sent < text.count { #expect(!client.acceptsPlaintext && client.send(text[sent...]) == 0) }
      #expect(client.output.count < 2 * TLSLimits.outputBytesHigh)
      let bytes = Wire.take(from: client)
      for start in stride(from: 0, to: bytes.count, by: 65_536) {
        #expect(server.acceptsCiphertext)
        server.receive(bytes[start..<min(bytes.count, start + 65_536)])
        if server.plaintext.count >= TLSLimits.plaintextBytesHigh {
          #expect(!server.acceptsCiphertext)
          server.consumed(server.plaintext.count)
        }
      }
    }
  }

  @Test("Text that is taken in small pieces keeps its order")
  func smallTakes() throws {
    let (client, server) = try Wire.pair()
    var expected: [UInt8] = []
    var got: [UInt8] = []
    var dice = Dice(seed: 2)
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 1...3000, using: &dice)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
      expected += text
      client.send(text[...])
      Wire.run(client, server)
      let count = Int.random(in: 0...server.plaintext.count, using: &dice)
      got += server.plaintext.prefix(count)
      server.consumed(count)
    }
    #expect(got + server.takeText() == expected)
  }

  @Test("Padded records of what a person types all have one length; full records have none to spare")
  func padding() throws {
    let (client, server) = try Wire.pair()
    client.padsRecords = true
    var lengths: Set<Int> = []
    for size in [1, 2, 44, 100, 300, 511] {
      client.send([UInt8](repeating: 0x61, count: size)[...])
      lengths.insert(client.output.count)
      Wire.run(client, server)
      #expect(server.takeText().count == size)
    }
    // The header of a record, the text with the byte behind it, and the authentication tag.
    #expect(lengths == [5 + TLSLimits.paddingBytes + 16])
    client.send([UInt8](repeating: 0x61, count: 100_000)[...])
    Wire.run(client, server)
    #expect(server.takeText().count == 100_000)
    client.close()
    #expect(client.output.count == 5 + TLSLimits.paddingBytes + 16)
    let (bulk, _) = try Wire.pair()
    bulk.send([0x61])
    #expect(bulk.output.count == 5 + 2 + 16)
  }

  @Test("An announced end, an end without one, and text before both")
  func ends() throws {
    let (client, server) = try Wire.pair()
    client.send([1])
    client.close()
    #expect(client.send([2]) == 0)
    Wire.run(client, server)
    #expect(server.state == .ended && server.takeText() == [1])
    server.receiveEnd()
    #expect(server.state == .ended)
    // The other direction goes on until it ends itself.
    #expect(server.send([3]) == 1)
    server.close()
    Wire.run(client, server)
    #expect(client.takeText() == [3] && client.state == .ended)
    #expect(client.peer?.fingerprint == Keys.bob.fingerprint)

    let (other, cut) = try Wire.pair()
    other.send([4])
    Wire.run(other, cut)
    cut.receiveEnd()
    #expect(cut.state == .truncated && cut.takeText() == [4])
    #expect(!cut.acceptsPlaintext && !cut.acceptsCiphertext)
  }

  @Test("A cut within the last record is a truncation, at every byte")
  func cutRecord() throws {
    let (client, server) = try Wire.pair()
    client.close()
    let end = Wire.take(from: client)
    for byte in end.dropLast() {
      server.receive([byte])
      #expect(server.isEstablished)
    }
    server.receiveEnd()
    #expect(server.state == .truncated)
  }

  @Test("A record changed in any byte, sent twice or out of order is a breach, and none of its text gets through")
  func changedRecords() throws {
    for index in 0..<(5 + 2 + 16) {
      let (client, server) = try Wire.pair()
      client.send([0x61])
      var record = Wire.take(from: client)
      record[index] ^= 1
      server.receive(record[...])
      server.receive([UInt8](repeating: 0x17, count: 70_000)[...])
      #expect(server.failure?.family == .violation, "byte \(index)")
      #expect(server.plaintext.isEmpty, "byte \(index)")
      Wire.run(client, server)
      // The alert gets out, so the other end knows.
      #expect(client.failure?.family == .refusal, "byte \(index)")
    }
    let (client, server) = try Wire.pair()
    client.send([1])
    let first = Wire.take(from: client)
    client.send([2])
    let second = Wire.take(from: client)
    server.receive(first[...])
    server.receive(first[...])
    #expect(server.failure?.family == .violation && server.takeText() == [1])
    let (_, third) = try Wire.pair()
    third.receive(second[...])
    #expect(third.failure?.family == .violation)
  }

  @Test("A key is renewed after its share of records, and the text goes on")
  func keyRenewal() throws {
    let (client, server) = try Wire.pair()
    let length = 5 + 2 + 16
    client.recordsUntilRenewal = 2
    for round in 1...4 {
      client.send([UInt8(round)])
      // The third record has one before it, which announces the new key.
      #expect((client.output.count > length) == (round == 3))
      Wire.run(client, server)
    }
    #expect(server.takeText() == [1, 2, 3, 4])
  }

  @Test("Nothing is taken from a peer after its end")
  func afterTheEnd() throws {
    let (client, server) = try Wire.pair()
    client.close()
    Wire.run(client, server)
    server.receive([UInt8](repeating: 0x17, count: 100)[...])
    #expect(server.state == .ended && server.plaintext.isEmpty && server.failure == nil)
  }
}
