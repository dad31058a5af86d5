import Testing

@testable import ChatProtocol

@Suite("An outbox holds messages until they are retired")
struct OutboxTests {
  private func lines(_ texts: [String]) -> [UInt8] { Array(texts.map { $0 + "\n" }.joined().utf8) }

  @Test("Messages are numbered from 1 without gaps, and leave in order")
  func numbers() {
    var outbox = Outbox()
    outbox.append(lines(["one", "", "three"]), count: 3)
    outbox.append(lines(["four"]), count: 1)
    #expect(outbox.newest == 4)
    #expect(outbox.messageCount == 4)
    #expect(outbox.bytes.elementsEqual(lines(["one", "", "three", "four"])))
    // Small messages share a segment, so that no line costs an allocation.
    #expect(outbox.segments.map(\.first) == [1])
  }

  @Test("The messages that end behind the retired bytes are still here", arguments: 0...15)
  func retired(cut: Int) {
    var outbox = Outbox()
    let all = lines(["one", "", "three", "four"])
    outbox.append(all, count: 4)
    outbox.retire(bytes: cut)
    #expect(outbox.bytes.elementsEqual(all.dropFirst(cut)))
    #expect(outbox.messageCount == all.dropFirst(cut).count { $0 == UInt8(ascii: "\n") })
    outbox.retire(bytes: all.count - cut)
    #expect(outbox.isEmpty && outbox.messageCount == 0 && outbox.segments.isEmpty)
    outbox.append(lines(["five"]), count: 1)
    #expect(outbox.segments.map(\.first) == [5])
  }

  @Test(
    "A full segment is followed by a new one, and messages are counted right across several",
    arguments: [1, 40_000, 70_001, 140_002, 200_000])
  func segments(cut: Int) {
    var outbox = Outbox()
    let line = String(repeating: "x", count: 34_999)
    for _ in 0..<6 { outbox.append(lines([line]), count: 1) }
    #expect(outbox.segments.map(\.first) == [1, 3, 5])
    outbox.retire(bytes: cut)
    #expect(outbox.messageCount == 6 - cut / 35_000)
    #expect(outbox.byteCount == 210_000 - cut)
  }
}
