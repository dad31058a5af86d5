import Testing

@testable import ChatProtocol

@Suite("An outbox holds messages until they are retired")
struct OutboxTests {
  private func lines(_ texts: [String]) -> [UInt8] { Array(texts.map { $0 + "\n" }.joined().utf8) }
  private func name(_ number: UInt64) -> MessageName { MessageName(Incarnation(1), number) }

  @Test("Messages are numbered from 1 without gaps, and leave in order")
  func numbers() {
    var outbox = Outbox()
    outbox.append(lines(["one", "", "three"]), count: 3, first: name(1))
    outbox.append(lines(["four"]), count: 1, first: name(4))
    #expect(outbox.messageCount == 4)
    #expect(outbox.bytes.elementsEqual(lines(["one", "", "three", "four"])))
    // Small messages share a segment, so that no line costs an allocation.
    #expect(outbox.segments.map(\.first) == [1])
  }

  @Test("The messages that end behind the retired bytes are still here", arguments: 0...15)
  func retired(cut: Int) {
    var outbox = Outbox()
    let all = lines(["one", "", "three", "four"])
    outbox.append(all, count: 4, first: name(1))
    outbox.retire(bytes: cut)
    #expect(outbox.bytes.elementsEqual(all.dropFirst(cut)))
    #expect(outbox.messageCount == all.dropFirst(cut).count { $0 == UInt8(ascii: "\n") })
    outbox.retire(bytes: all.count - cut)
    #expect(outbox.isEmpty && outbox.messageCount == 0 && outbox.segments.isEmpty)
    outbox.append(lines(["five"]), count: 1, first: name(5))
    #expect(outbox.segments.map(\.first) == [5])
  }

  @Test(
    "A full segment is followed by a new one, and messages are counted right across several",
    arguments: [1, 40_000, 70_001, 140_002, 200_000])
  func segments(cut: Int) {
    var outbox = Outbox()
    let line = String(repeating: "x", count: 34_999)
    for number in 1...6 { outbox.append(lines([line]), count: 1, first: name(UInt64(number))) }
    #expect(outbox.segments.map(\.first) == [1, 3, 5])
    outbox.retire(bytes: cut)
    #expect(outbox.messageCount == 6 - cut / 35_000)
    #expect(outbox.byteCount == 210_000 - cut)
  }

  /// Sends pieces of at most `limit` bytes until there are no more.
  private func sendAll(_ outbox: inout Outbox, ofBytes limit: Int) -> [Outbox.Piece] {
    var pieces: [Outbox.Piece] = []
    while let piece = outbox.nextPiece(ofBytes: limit) {
      pieces.append(piece)
      outbox.advance(over: piece)
    }
    return pieces
  }

  @Test("What was not sent can be removed, and what was sent stays", arguments: 0...4)
  func removeUnsent(sent: Int) {
    var outbox = Outbox()
    outbox.append(lines(["one", "two", "three"]), count: 3, first: name(1))
    outbox.append(lines(["late"]), count: 1, first: name(4), writtenAt: 5)
    for _ in 0..<sent {
      guard let piece = outbox.nextPiece(ofBytes: 1) else { break }
      outbox.advance(over: piece)
    }
    let unsent = outbox.removeUnsent()
    #expect(unsent.flatMap { $0.first...$0.last } == Array(UInt64(sent + 1)..<5))
    #expect(outbox.messageCount == sent && outbox.isSent)
    #expect(outbox.bytes.elementsEqual(lines(Array(["one", "two", "three", "late"].prefix(sent)))))
    outbox.append(lines(["new"]), count: 1, first: name(UInt64(sent) + 1))
    #expect(outbox.nextPiece(ofBytes: 100)?.first == name(UInt64(sent) + 1))
    outbox.retire(upTo: [Incarnation(1): UInt64(sent)])
    #expect(outbox.bytes.elementsEqual(lines(["new"])))
  }

  @Test("A frame has messages of one segment, whole ones, and at least one", arguments: [1, 4, 9, 10, 100])
  func pieces(limit: Int) {
    var outbox = Outbox()
    outbox.append(lines(["one", "", "three"]), count: 3, first: name(1))
    outbox.append(lines(["late"]), count: 1, first: name(4), writtenAt: 7)
    outbox.append(lines([""]), count: 1, first: name(5), isWithdrawn: true)
    outbox.append(lines(["other"]), count: 1, first: MessageName(Incarnation(2), 1))
    let pieces = sendAll(&outbox, ofBytes: limit)
    #expect(outbox.isSent && outbox.sentBytes == outbox.byteCount)
    #expect(pieces.flatMap { outbox.bytes[$0.range] } == Array(outbox.bytes))
    #expect(pieces.suffix(3).map(\.first) == [name(4), name(5), MessageName(Incarnation(2), 1)])
    #expect(pieces.suffix(3).map(\.isWithdrawn) == [false, true, false])
    #expect(pieces.suffix(3).map(\.writtenAt) == [7, 0, 0])
    #expect(pieces.reduce(0) { $0 + $1.count } == 6)
    for piece in pieces { #expect(piece.count == 1 || piece.range.count <= limit) }
  }

  @Test("What the peer has is retired, sent or not, and the rest is sent once", arguments: 0...6, [1, 7, 100])
  func retiredByNames(sent: Int, limit: Int) {
    for has in UInt64(0)...6 {
      var outbox = Outbox()
      let texts = ["one", "", "three", "four", "fi", "s"]
      outbox.append(lines(Array(texts.prefix(2))), count: 2, first: name(1))
      outbox.append(lines(Array(texts.dropFirst(2))), count: 4, first: name(3), writtenAt: 1)
      for _ in 0..<sent {
        if let piece = outbox.nextPiece(ofBytes: limit) { outbox.advance(over: piece) }
      }
      let unsent = outbox.nextPiece(ofBytes: 1)?.first.number ?? 7
      outbox.retire(upTo: [Incarnation(1): has])
      #expect(outbox.messageCount == 6 - Int(has))
      #expect(outbox.bytes.elementsEqual(lines(Array(texts.dropFirst(Int(has))))))
      #expect(outbox.nextPiece(ofBytes: 1)?.first.number ?? 7 == max(unsent, has + 1))
      let rest = sendAll(&outbox, ofBytes: 100).reduce(0) { $0 + $1.count }
      #expect(rest == Int(7 - max(unsent, has + 1)))
      outbox.append(lines(["more"]), count: 1, first: name(7), writtenAt: 1)
      #expect(sendAll(&outbox, ofBytes: 100).map(\.first.number) == [7])
      outbox.rewind()
      #expect(sendAll(&outbox, ofBytes: 1).map(\.first.number) == Array((has + 1)...7))
      outbox.retire(upTo: [Incarnation(1): 7])
      #expect(outbox.isEmpty && outbox.isSent && outbox.segments.isEmpty && outbox.sentBytes == 0)
    }
  }
}
