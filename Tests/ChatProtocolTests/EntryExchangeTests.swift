import Testing

@testable import ChatProtocol

@Suite("What is exchanged before a peer is let in")
struct EntryExchangeTests {
  private static let stranger = Introduction(knowsPeer: false, hasCode: false, isOpen: false)
  private static let known = Introduction(knowsPeer: true, hasCode: false, isOpen: false)
  private static let paired = Introduction(knowsPeer: false, hasCode: true, isOpen: false)
  private static let greeting = Greeting(isPerson: true, name: "ann")

  private func exchange(_ introduction: Introduction) -> EntryExchange {
    EntryExchange(introduction, greeting: EntryExchangeTests.greeting)
  }

  /// Carries what waits at one end to the other, in chunks.
  private func carry(_ from: inout EntryExchange, _ to: inout EntryExchange, chunk: Int) -> [EntryExchange.Event] {
    var events: [EntryExchange.Event] = []
    while !from.output.isEmpty {
      let bytes = Array(from.output.prefix(chunk))
      from.sent(bytes.count)
      events += to.received(bytes[...])
    }
    return events
  }

  @Test("Two that know each other greet, and bytes behind the greeting are the session's", arguments: [1, 3, 1000])
  func known(chunk: Int) {
    var (left, right) = (exchange(EntryExchangeTests.known), exchange(EntryExchangeTests.known))
    #expect(carry(&left, &right, chunk: chunk) == [.verdict(.vouched)])
    #expect(carry(&right, &left, chunk: chunk) == [.verdict(.vouched)])
    left.admit()
    #expect(carry(&left, &right, chunk: chunk) == [.greeted(EntryExchangeTests.greeting)])
    right.admit()
    let more = Frame.encode(.messages, UInt64(1).bigEndianBytes + Array("hello\n".utf8))
    let events = left.received((Array(right.output) + more)[...])
    #expect(events == [.greeted(EntryExchangeTests.greeting)])
    #expect(left.takeRest() == more)
  }

  @Test("Two with a code pair before they greet")
  func pairing() {
    var (left, right) = (exchange(EntryExchangeTests.paired), exchange(EntryExchangeTests.paired))
    #expect(carry(&left, &right, chunk: 7) == [.verdict(.pair)])
    #expect(carry(&right, &left, chunk: 7) == [.verdict(.pair)])
    left.sendPairing([1, 2, 3])
    #expect(carry(&left, &right, chunk: 7) == [.pairing([1, 2, 3])])
    right.admit()
    #expect(carry(&right, &left, chunk: 7) == [.greeted(EntryExchangeTests.greeting)])
  }

  @Test("A refusal comes in place of anything, and ends it")
  func refusal() {
    var (left, right) = (
      EntryExchange(refusing: Goodbye(.busy, text: "in a conversation")), exchange(EntryExchangeTests.known)
    )
    #expect(carry(&left, &right, chunk: 5) == [.refused(Goodbye(.busy, text: "in a conversation"))])
    #expect(left.received(right.output).isEmpty)
  }

  private static let greetingFrame = greeting.frame
  private static let outOfPlace: [([UInt8], FrameViolation)] = [
    (greetingFrame, .outOfPlace(kind: 0x82)),
    (Frame.encode(.pairing, [1]), .outOfPlace(kind: 0x81)),
    (Frame.encode(.messages, []), .outOfPlace(kind: 0x83)),
    (known.frame + known.frame, .outOfPlace(kind: 0x80)),
    (known.frame + Frame.encode(.pairing, [1]), .outOfPlace(kind: 0x81)),
    (Frame.encode(.introduction, []), .malformed(kind: 0x80)),
    (Frame.encode(.introduction, [0, 0]), .malformed(kind: 0x80)),
  ]

  @Test("What comes out of place is a violation, which the peer is told", arguments: outOfPlace, [1, 1000])
  func violations(_ row: ([UInt8], FrameViolation), chunk: Int) {
    var end = exchange(EntryExchangeTests.known)
    end.sent(end.output.count)
    var events: [EntryExchange.Event] = []
    for start in stride(from: 0, to: row.0.count, by: chunk) {
      events += end.received(row.0[start..<min(start + chunk, row.0.count)])
    }
    #expect(events.last == .violated(row.1))
    #expect(Array(end.output) == Goodbye(.violation, text: row.1.description).frame)
  }

  @Test("A pairing has a few short messages")
  func longPairing() {
    var end = exchange(EntryExchangeTests.paired)
    _ = end.received(EntryExchangeTests.paired.frame[...])
    for _ in 0..<EntryExchange.pairingMessagesMax {
      #expect(end.received(Frame.encode(.pairing, [1])[...]) == [.pairing([1])])
    }
    #expect(end.received(Frame.encode(.pairing, [1])[...]) == [.violated(.malformed(kind: 0x81))])
    var other = exchange(EntryExchangeTests.paired)
    _ = other.received(EntryExchangeTests.paired.frame[...])
    let long = Frame.encode(.pairing, Array(repeating: 0, count: EntryExchange.pairingBytesMax + 1))
    #expect(other.received(long[...]) == [.violated(.malformed(kind: 0x81))])
  }
}
