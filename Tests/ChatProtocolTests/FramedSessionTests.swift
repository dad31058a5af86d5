import Basics
import Testing

@testable import ChatProtocol

@Suite("Two framed sessions on a fake channel")
struct FramedSessionTests {
  private static let chunks = [1, 2, 3, 5, 8, 13, 64, 4096]
  private static let texts = ["hello", "", "caf\u{E9} \u{1F40C}", "two\nlines", "\n\n", "the last"]

  @Test("Each end receives what the other sends, in order, and lines stay together", arguments: chunks)
  func exchange(chunk: Int) {
    var wire = FramedWire(.person, .person, chunk: chunk)
    for text in FramedSessionTests.texts {
      wire.left.send(text)
      wire.right.send("re: \(text)")
    }
    wire.settle()
    #expect(wire.right.received == FramedSessionTests.texts)
    #expect(wire.left.received == FramedSessionTests.texts.map { "re: \($0)" })
    #expect(wire.left.conversation.unsentCount == 0)
    #expect(wire.left.session.ending == nil)
  }

  @Test("A message stays in the outbox until the other end has committed it")
  func acknowledgement() {
    var wire = FramedWire(.person, .person)
    wire.right.commits = false
    wire.left.send("one")
    wire.left.send("two")
    wire.settle()
    #expect(wire.left.conversation.unsentCount == 2)
    wire.right.commits = true
    wire.settle()
    #expect(wire.right.received == ["one", "two"])
    #expect(wire.left.conversation.unsentCount == 0)
  }

  @Test("A peer that probes and sends without end, and reads none of the replies, does not fill the memory")
  func repliesThatNobodyReads() {
    let now = Instant(sinceOrigin: .seconds(100))
    var end = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    for number in UInt64(1)...20_000 {
      end.receive(Frame.encode(.probe, []), now: now)
      end.receive(FramedEnd.messages(number, Array("x\n".utf8)), now: now)
      end.commit()
      end.session.advance(&end.conversation, now: now)
    }
    let waiting = end.session.bytesToSend(of: end.conversation).count
    #expect(waiting < 2 * Limits.frameFillBytes)
    // Everything owed goes out once there is room: the newest acknowledgement stands for all before it.
    end.session.sent(waiting, &end.conversation, now: now)
    let last = Frame.encode(
      .acknowledgement, FramedEnd.other.value.bigEndianBytes + UInt64(20_000).bigEndianBytes)
    #expect(Array(end.session.bytesToSend(of: end.conversation)) == Frame.encode(.pong, []) + last)
  }

  @Test("A peer may acknowledge a part of a frame, or of several")
  func partOfFrame() {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    let texts = (1...2000).map { "the message \($0)" }
    for text in texts { end.send(text) }
    end.session.advance(&end.conversation, now: now)
    for number in [0, 1, 1, 2, 900, 1200, 1999, 2000] {
      end.receive(FramedEnd.acknowledgement(UInt64(number)), now: now)
      #expect(end.conversation.unsentCount == texts.count - number)
      let left = texts.dropFirst(number).reduce(0) { $0 + $1.utf8.count + 1 }
      #expect(end.conversation.unsentBytes == left)
    }
    #expect(end.session.ending == nil)
    end.send("more")
    end.session.advance(&end.conversation, now: now)
    end.receive(FramedEnd.acknowledgement(2001), now: now)
    #expect(end.conversation.unsentCount == 0)
  }

  @Test("An older number acknowledges nothing again")
  func olderNumber() {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    for text in ["one", "two", "three"] {
      end.send(text)
      end.session.advance(&end.conversation, now: now)
    }
    for (number, left) in [(2, 1), (1, 1), (0, 1), (2, 1), (3, 0)] {
      end.receive(FramedEnd.acknowledgement(UInt64(number)), now: now)
      #expect(end.conversation.unsentCount == left)
    }
    #expect(end.session.ending == nil)
  }

  @Test("As much is on its way as a link across the world needs")
  func window() {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.batch(stays: false), peer: .person, now: now, isResumed: true)
    let text = String(repeating: "x", count: 1023)
    var sent = 0
    while end.conversation.hasOutboxRoom {
      end.send(text)
      end.session.advance(&end.conversation, now: now)
      let count = end.session.bytesToSend(of: end.conversation).count
      end.session.sent(count, &end.conversation, now: now)
      sent += count
    }
    #expect(sent >= Limits.unacknowledgedBytesHigh)
    #expect(end.conversation.unsentBytes == Limits.unacknowledgedBytesHigh)
  }

  @Test("Bulk arrives whole and in order, with messages of every size up to the largest")
  func bulk() {
    var wire = FramedWire(.batch(stays: false), .person)
    let texts =
      (0..<3000).map { String(repeating: "x", count: ($0 * 37) % 1000) + "\($0)" }
      + [String(repeating: "y", count: Limits.messageBytesMax), "z"]
    var next = 0
    while next < texts.count {
      while next < texts.count, wire.left.conversation.hasOutboxRoom {
        wire.left.send(texts[next])
        next += 1
      }
      wire.settle()
    }
    #expect(wire.right.received == texts)
    #expect(wire.left.conversation.unsentCount == 0)
  }

  @Test("Two persons: one leaves, the other follows, and both end by goodbye", arguments: chunks)
  func goodbye(chunk: Int) {
    var wire = FramedWire(.person, .person, chunk: chunk)
    wire.left.send("bye")
    wire.right.send("so long")
    wire.left.want(.leave)
    wire.settle()
    #expect(wire.left.session.ending == .goodbye)
    #expect(wire.right.session.ending == .goodbye)
    #expect(wire.right.session.peerLeftFirst && !wire.left.session.peerLeftFirst)
    #expect(wire.left.received == ["so long"] && wire.right.received == ["bye"])
  }

  @Test("A batch end whose input has ended goes on receiving from another, for as long as that takes")
  func batchWaitsForBatch() {
    var wire = FramedWire(.batch(stays: false), .batch(stays: false))
    wire.left.send("mine")
    wire.left.want(.inputEnded)
    wire.settle()
    #expect(wire.right.session.peerHasEnded && wire.right.session.ending == nil)
    for _ in 0..<100 {
      wire.passDeadline()
      wire.settle()
    }
    #expect(wire.left.session.ending == nil)
    wire.right.send("late")
    wire.right.want(.inputEnded)
    wire.settle()
    #expect(wire.left.received == ["late"])
    #expect(wire.left.session.ending == .goodbye && wire.right.session.ending == .goodbye)
  }

  @Test("The peer's end without its goodbye is a break, announced by the channel or not", arguments: [true, false])
  func truncation(announced: Bool) {
    var wire = FramedWire(.person, .batch(stays: false))
    wire.settle()
    wire.left.session.receivedEnd(announced: announced, &wire.left.conversation, now: wire.now)
    #expect(wire.left.session.ending == .broken)
  }

  @Test("An idle link carries a ping each 15 s from each end, and nothing else")
  func pings() {
    var wire = FramedWire(.person, .person)
    wire.settle()
    let start = wire.now
    var sent = 0
    while wire.now - start < .seconds(600) {
      wire.passDeadline()
      sent += wire.left.session.bytesToSend(of: wire.left.conversation).count
      wire.settle()
    }
    #expect(sent == 40 * Frame.headerBytes)
    #expect(wire.left.session.ending == nil && wire.right.session.ending == nil)
  }

  @Test("A peer that is silent for 45 s is probed, and lost two seconds later")
  func silence() {
    var end = FramedEnd(.person, peer: .person, now: Instant(sinceOrigin: .zero), isResumed: true)
    var probed: Instant?
    while let due = end.session.deadline {
      end.session.deadlinePassed(&end.conversation, unread: false, now: due)
      let output = Array(end.session.bytesToSend(of: end.conversation))
      if output.contains(Frame.Kind.probe.rawValue), probed == nil { probed = due }
      end.session.sent(output.count, &end.conversation, now: due)
      if end.session.ending != nil {
        #expect(probed == Instant(sinceOrigin: .seconds(45)))
        #expect(due == Instant(sinceOrigin: .seconds(47)))
      }
    }
    #expect(end.session.ending == .silent)
  }

  @Test("Bytes that wait unread show that the peer lives, and a probe is answered")
  func probes() {
    var end = FramedEnd(.person, peer: .person, now: Instant(sinceOrigin: .zero), isResumed: true)
    for _ in 0..<20 {
      guard let due = end.session.deadline else { break }
      end.session.deadlinePassed(&end.conversation, unread: true, now: due)
    }
    #expect(end.session.ending == nil)
    end.session.sent(
      end.session.bytesToSend(of: end.conversation).count, &end.conversation, now: Instant(sinceOrigin: .seconds(300)))
    for _ in 0..<1000 { end.receive(Frame.encode(.probe, []), now: Instant(sinceOrigin: .seconds(300))) }
    end.session.advance(&end.conversation, now: Instant(sinceOrigin: .seconds(300)))
    #expect(Array(end.session.bytesToSend(of: end.conversation)) == Frame.encode(.pong, []))
  }

  // MARK: What a peer must not do

  private static let violations: [([UInt8], FrameViolation)] = [
    ([0, 2, 0, 1, 0x83], .frameTooLong),
    (Frame.header(.ping, payloadBytes: 0).dropLast() + [0xF0], .unknownKind(0xF0)),
    (FramedEnd.messages(2, Array("x\n".utf8)), .outOfOrder),
    (FramedEnd.messages(0, Array("x\n".utf8)), .malformed(kind: 0x83)),
    (FramedEnd.messages(1, Array("x".utf8)), .malformed(kind: 0x83)),
    (FramedEnd.messages(1, []), .malformed(kind: 0x83)),
    (FramedEnd.messages(1, [0xC3, 0x0A]), .notText),
    (FramedEnd.messages(1, Array(repeating: 0x78, count: Limits.messageBytesMax + 1) + [0x0A]), .notText),
    (FramedEnd.acknowledgement(1), .acknowledgedUnsent),
    (Frame.encode(.acknowledgement, [1]), .malformed(kind: 0x84)),
    (Frame.encode(.goodbye, [0]), .malformed(kind: 0x85)),
    (Goodbye(.inputEnded).frame + FramedEnd.messages(1, Array("x\n".utf8)), .outOfPlace(kind: 0x83)),
    (Goodbye(.inputEnded).frame + Goodbye(.inputEnded).frame, .outOfPlace(kind: 0x85)),
    (Greeting(isPerson: true, name: "x").frame, .outOfPlace(kind: 0x82)),
  ]

  @Test("A broken rule ends the session, and the peer is told which", arguments: violations, [1, 7, 1 << 20])
  func violation(_ row: ([UInt8], FrameViolation), chunk: Int) {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.batch(stays: false), peer: .batch(stays: false), now: now, isResumed: true)
    var rest = row.0[...]
    while !rest.isEmpty {
      end.receive(Array(rest.prefix(chunk)), now: now)
      rest = rest.dropFirst(chunk)
    }
    #expect(end.session.ending == .violated(row.1))
    let output = Array(end.session.bytesToSend(of: end.conversation))
    #expect(output == Goodbye(.violation, text: row.1.description).frame)
    var other = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    other.receive(output, now: now)
    other.session.receivedEnd(announced: true, &other.conversation, now: now)
    #expect(other.session.ending == .complained(row.1.description))
  }

  @Test("Frames of unknown kinds that may be skipped are skipped")
  func skipped() {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    var unknown = Frame.encode(.ping, Array(repeating: 7, count: 1000))
    unknown[4] = 0x7F
    end.receive(unknown + FramedEnd.messages(1, Array("x\n".utf8)), now: now)
    end.commit()
    #expect(end.received == ["x"])
  }

  @Test("A message is not acknowledged, nor the next frame taken, while the inbox is full")
  func backpressure() {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    var number: UInt64 = 1
    let text = Array(repeating: UInt8(ascii: "x"), count: Limits.messageBytesMax) + [0x0A]
    for _ in 0..<20 {
      end.receive(FramedEnd.messages(number, text), now: now)
      number += 1
    }
    #expect(end.conversation.inbox.bytes.count < Limits.inboxBytesHigh + Frame.payloadBytesMax)
    end.session.advance(&end.conversation, now: now)
    #expect(end.session.bytesToSend(of: end.conversation).isEmpty)
    // No byte comes from the link any more, so this is what wakes the loop.
    #expect(end.session.hasReceivedMore)
    end.commit()
    #expect(end.received.count == 20 && !end.session.hasReceivedMore)
  }

  @Test("Messages that came behind the greeting are there without another byte of the link")
  func behindTheGreeting() {
    let now = Instant(sinceOrigin: .zero)
    var end = FramedEnd(.person, peer: .person, now: now, isResumed: true)
    let rest = FramedEnd.messages(1, Array("x\n".utf8)) + FramedEnd.messages(2, Array("y\n".utf8))
    end.session = FramedSession(
      party: .person, peer: Greeting(isPerson: true, name: nil), rest: rest, now: now)
    #expect(end.session.hasReceivedMore)
    end.session.receiveMore(&end.conversation, now: now)
    #expect(!end.session.hasReceivedMore)
    end.commit()
    #expect(end.received == ["x", "y"])
  }
}

@Suite("What is said before a framed session")
struct GreetingTests {
  @Test("A greeting is read as it was written, and unknown fields are skipped")
  func greeting() throws {
    for greeting in [
      Greeting(isPerson: true, name: "ann", incarnation: Incarnation(.max), generation: 7, keepsStore: true),
      Greeting(isPerson: false, name: nil),
    ] {
      var decoder = FrameDecoder()
      decoder.append(greeting.frame[...])
      let frame = try #require(try decoder.next())
      #expect(try Greeting(payload: frame.payload) == greeting)
      #expect(try Greeting(payload: (Array(frame.payload) + [200, 0, 2, 1, 1])[...]) == greeting)
    }
    #expect(Greeting(isPerson: true, name: String(repeating: "x", count: 65)).name == nil)
  }

  @Test(
    "A malformed greeting is a violation; an unusable name is none",
    arguments: [
      [], [0], [0, 2], [0, 0, 1], [0, 0, 1, 0, 2, 65], [0, 0, 1, 0, 1, 65],
      [0, 0, 2, 0, 16] + Array(repeating: 0, count: 16), [0, 0, 2, 0, 17] + Array(repeating: 2, count: 17),
    ] as [[UInt8]])
  func malformed(payload: [UInt8]) {
    #expect(throws: FrameViolation.malformed(kind: 0x82)) { try Greeting(payload: payload[...]) }
  }

  @Test("A name that is no text, has a NUL or is too long counts as none")
  func names() throws {
    for name in [[0xFF], [65, 0], Array(repeating: 65, count: 65), []] as [[UInt8]] {
      let payload: [UInt8] = [0, 0, 2, 0, 17] + Array(repeating: 0, count: 17) + [1, 0, UInt8(name.count)] + name
      #expect(try Greeting(payload: payload[...]).name == nil)
    }
  }

  @Test("Both ends come to verdicts that fit together")
  func verdicts() {
    let flags = [false, true]
    for bits in 0..<64 {
      func introduction(_ shift: Int) -> Introduction {
        Introduction(
          knowsPeer: flags[bits >> shift & 1], hasCode: flags[bits >> (shift + 1) & 1],
          isOpen: flags[bits >> (shift + 2) & 1])
      }
      let (left, right) = (introduction(0), introduction(3))
      let verdicts = (left.verdict(with: right), right.verdict(with: left))
      switch verdicts {
      case (.vouched, .vouched), (.open, .open), (.pair, .pair): break
      case (.needsCode, .peerNeedsCode), (.peerNeedsCode, .needsCode), (.noCode, .noCode): break
      case (.peerIsOpen, .peerIsNotOpen), (.peerIsNotOpen, .peerIsOpen): break
      default: Issue.record("\(left) and \(right): \(verdicts)")
      }
      if verdicts.0 == .vouched { #expect(left.knowsPeer && right.knowsPeer) }
      if verdicts.0 == .pair { #expect(left.hasCode && right.hasCode) }
      if verdicts.0 == .open { #expect(left.isOpen && right.isOpen) }
    }
  }
}
