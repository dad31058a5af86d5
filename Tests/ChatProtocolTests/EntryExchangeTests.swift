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
      events += receive(bytes[...], &to)
    }
    return events
  }

  /// Takes bytes.
  /// An end lets in whom it knows.
  private func receive(_ bytes: ArraySlice<UInt8>, _ end: inout EntryExchange) -> [EntryExchange.Event] {
    var events: [EntryExchange.Event] = []
    end.received(bytes)
    while let event = end.nextEvent() {
      events.append(event)
      if event == .verdict(.vouched) { end.admit() }
    }
    return events
  }

  @Test("Two that know each other greet, and bytes behind the greeting are the session's", arguments: [1, 3, 1000])
  func known(chunk: Int) {
    var (left, right) = (exchange(EntryExchangeTests.known), exchange(EntryExchangeTests.known))
    #expect(carry(&left, &right, chunk: chunk) == [.verdict(.vouched)])
    let greeted = [EntryExchange.Event.verdict(.vouched), .greeted(EntryExchangeTests.greeting)]
    #expect(carry(&right, &left, chunk: chunk) == greeted)
    let more = Frame.encode(.messages, UInt64(1).bigEndianBytes + Array("hello\n".utf8))
    #expect(receive((Array(left.output) + more)[...], &right) == [.greeted(EntryExchangeTests.greeting)])
    #expect(right.takeRest() == more)
  }

  @Test("Two with a code pair before they greet")
  func pairing() {
    var (left, right) = (exchange(EntryExchangeTests.paired), exchange(EntryExchangeTests.paired))
    #expect(carry(&left, &right, chunk: 7) == [.verdict(.pair)])
    #expect(carry(&right, &left, chunk: 7) == [.verdict(.pair)])
    left.sendPairing([1, 2, 3])
    #expect(carry(&left, &right, chunk: 7) == [.pairing([1, 2, 3])])
    left.admit()
    right.admit()
    #expect(carry(&right, &left, chunk: 7) == [.greeted(EntryExchangeTests.greeting)])
  }

  private static let earlyGreeters: [Introduction] = [
    Introduction(knowsPeer: true, hasCode: false, isOpen: false),
    Introduction(knowsPeer: false, hasCode: true, isOpen: false),
  ]

  @Test("A peer that greets before it was let in is refused", arguments: earlyGreeters, [1, 1000])
  func greetsTooEarly(_ introduction: Introduction, chunk: Int) {
    var end = exchange(introduction)
    end.sent(end.output.count)
    let sent = introduction.frame + EntryExchangeTests.greetingFrame
    var events: [EntryExchange.Event] = []
    for start in stride(from: 0, to: sent.count, by: chunk) {
      end.received(sent[start..<min(start + chunk, sent.count)])
      // Nobody lets it in.
      while let event = end.nextEvent() { events.append(event) }
    }
    #expect(events.last == .violated(.outOfPlace(kind: 0x82)))
    #expect(Array(end.output) == Goodbye(.violation, text: FrameViolation.outOfPlace(kind: 0x82).description).frame)
  }

  @Test("A refusal comes in place of anything, and ends it")
  func refusal() {
    var (left, right) = (
      EntryExchange(refusing: Goodbye(.busy, text: "in a conversation")), exchange(EntryExchangeTests.known)
    )
    #expect(carry(&left, &right, chunk: 5) == [.refused(Goodbye(.busy, text: "in a conversation"))])
    #expect(receive(right.output, &left).isEmpty)
  }

  private static let greetingFrame: [UInt8] = greeting.frame
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
      events += receive(row.0[start..<min(start + chunk, row.0.count)], &end)
    }
    #expect(events.last == .violated(row.1))
    #expect(
      Array(end.output).suffix(5 + 9 + row.1.description.utf8.count)
        == Goodbye(.violation, text: row.1.description).frame[...])
  }

  @Test("A pairing has a few short messages")
  func longPairing() {
    var end = exchange(EntryExchangeTests.paired)
    _ = receive(EntryExchangeTests.paired.frame[...], &end)
    for _ in 0..<EntryExchange.pairingMessagesMax {
      #expect(receive(Frame.encode(.pairing, [1])[...], &end) == [.pairing([1])])
    }
    #expect(receive(Frame.encode(.pairing, [1])[...], &end) == [.violated(.malformed(kind: 0x81))])
    var other = exchange(EntryExchangeTests.paired)
    _ = receive(EntryExchangeTests.paired.frame[...], &other)
    let long = Frame.encode(.pairing, Array(repeating: 0, count: EntryExchange.pairingBytesMax + 1))
    #expect(receive(long[...], &other) == [.violated(.malformed(kind: 0x81))])
  }
}
