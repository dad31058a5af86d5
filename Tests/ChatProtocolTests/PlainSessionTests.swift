import Basics
import Testing

@testable import ChatProtocol

@Suite("Two plain sessions on a fake wire")
struct PlainSessionTests {
  private static let chunks = [1, 2, 3, 5, 8, 13, 64, 4096]
  private static let lines = ["hello", "", "caf\u{E9} \u{1F40C}", "a line that is a little longer than the others"]

  @Test("Each end receives what the other sends, in order, in chunks of every size", arguments: chunks)
  func exchange(chunk: Int) {
    var wire = FakeWire(.person, .person, chunk: chunk)
    for line in PlainSessionTests.lines {
      wire.left.plain.send(line.utf8)
      wire.right.plain.send("re: \(line)".utf8)
    }
    #expect(wire.left.plain.conversation.unsentCount == 4)
    wire.settle()
    #expect(wire.right.received == PlainSessionTests.lines)
    #expect(wire.left.received == PlainSessionTests.lines.map { "re: \($0)" })
    #expect(wire.left.plain.conversation.unsentCount == 0)
    #expect(wire.left.plain.conversation.acceptedCount == 4)
    #expect(wire.left.plain.conversation.receivedCount == 4)
    #expect(wire.left.plain.ending == nil)
    #expect(wire.left.plain.deadline == nil)
  }

  @Test("Lines accepted together arrive as lines accepted one by one do", arguments: chunks)
  func sendLines(chunk: Int) {
    var wire = FakeWire(.batch(stays: false), .person, chunk: chunk)
    wire.left.plain.conversation.accept(Array("one\n\nthree\n".utf8)[...], count: 3)
    wire.settle()
    #expect(wire.right.received == ["one", "", "three"])
    #expect(wire.left.plain.conversation.acceptedCount == 3)
  }

  @Test("Both leave in the same moment, and both end by goodbye", arguments: chunks)
  func bothLeave(chunk: Int) {
    var wire = FakeWire(.person, .person, chunk: chunk)
    wire.left.plain.send("bye".utf8)
    wire.right.plain.send("so long".utf8)
    wire.left.plain.want(.leave, now: wire.now)
    wire.right.plain.want(.leave, now: wire.now)
    wire.settle()
    for end in [wire.left, wire.right] {
      #expect(end.plain.ending == .goodbye)
      #expect(!end.plain.peerLeftFirst)
    }
    #expect(wire.left.received == ["so long"])
    #expect(wire.right.received == ["bye"])
  }

  @Test("One leaves with a full outbox: the other gets all of it and follows", arguments: chunks.filter { $0 >= 8 })
  func leavesWithFullOutbox(chunk: Int) {
    var wire = FakeWire(.person, .person, chunk: chunk, capacity: 100)
    var sent = 0
    while wire.left.plain.conversation.hasOutboxRoom {
      wire.left.plain.send(repeatElement(UInt8(ascii: "x"), count: 5000))
      sent += 1
    }
    #expect(wire.left.plain.conversation.isOpen)
    wire.left.plain.want(.leave, now: wire.now)
    #expect(!wire.left.plain.conversation.isOpen)
    wire.settle()
    #expect(wire.right.received.count == sent)
    #expect(wire.right.received.allSatisfy { $0.utf8.count == 5000 })
    #expect(wire.left.plain.ending == .goodbye)
    #expect(wire.right.plain.ending == .goodbye)
    #expect(wire.right.plain.peerLeftFirst)
    #expect(!wire.left.plain.peerLeftFirst)
  }

  @Test("A batch end that has sent everything goes on receiving until the other has too", arguments: chunks)
  func halfCloseThenData(chunk: Int) {
    var wire = FakeWire(.batch(stays: false), .batch(stays: false), chunk: chunk)
    wire.left.plain.send("mine".utf8)
    wire.left.plain.want(.inputEnded, now: wire.now)
    wire.settle()
    #expect(wire.right.plain.peerHasEnded)
    #expect(wire.left.plain.ending == nil)
    for line in PlainSessionTests.lines {
      wire.right.plain.send(line.utf8)
      wire.settle()
    }
    #expect(wire.left.received == PlainSessionTests.lines)
    wire.right.plain.want(.inputEnded, now: wire.now)
    wire.settle()
    #expect(wire.left.plain.ending == .goodbye)
    #expect(wire.right.plain.ending == .goodbye)
    #expect(wire.right.received == ["mine"])
  }

  @Test("A last line without its line feed is received when the peer ends")
  func unfinishedLine() {
    var plain = PlainEnd(.person)
    plain.received(Array("hal".utf8)[...], now: Instant(sinceOrigin: .zero))
    #expect(plain.conversation.inbox.isEmpty)
    plain.received(Array("f".utf8)[...], now: Instant(sinceOrigin: .zero))
    plain.receivedEnd(now: Instant(sinceOrigin: .zero))
    #expect(plain.conversation.inbox.entries.map { Array(plain.conversation.inbox.text($0)) } == [Array("half".utf8)])
    #expect(plain.conversation.receivedCount == 1)
  }

  @Test("A peer that never reads is waited for no longer than the limit, and the untaken messages are counted")
  func neverReads() {
    var wire = FakeWire(.person, .person, chunk: 64, capacity: 10)
    wire.right.reads = false
    for line in ["first", "second", "third"] { wire.left.plain.send(line.utf8) }
    wire.settle()
    wire.left.plain.want(.leave, now: wire.now)
    wire.settle()
    let start = wire.now
    #expect(wire.left.plain.ending == nil)
    let hadDeadline = wire.passDeadline()
    #expect(hadDeadline)
    #expect(wire.now - start == Limits.drainSilence)
    #expect(wire.left.plain.ending == .notTaken)
    // "first" and four bytes of "second" are on the wire.
    #expect(wire.left.plain.conversation.unsentCount == 2)
    #expect(wire.left.plain.bytesToSend.isEmpty)
  }

  @Test("A peer that takes everything and never ends is left after the wait for its goodbye")
  func neverEnds() {
    var wire = FakeWire(.person, .batch(stays: false), chunk: 64)
    wire.left.plain.send("anybody?".utf8)
    wire.left.plain.want(.leave, now: wire.now)
    wire.settle()
    #expect(wire.right.received == ["anybody?"])
    let start = wire.now
    let hadDeadline = wire.passDeadline()
    #expect(hadDeadline)
    #expect(wire.now - start == Limits.goodbyeWait)
    #expect(wire.left.plain.ending == .noPeerEnd)
    #expect(wire.left.plain.conversation.unsentCount == 0)
  }

  @Test("A deadline that has not come yet changes nothing when it is reported")
  func earlyDeadline() {
    var plain = PlainEnd(.person)
    plain.send("x".utf8)
    plain.want(.leave, now: Instant(sinceOrigin: .zero))
    plain.deadlinePassed(now: Instant(sinceOrigin: Limits.drainSilence - .nanoseconds(1)))
    #expect(plain.ending == nil)
    plain.deadlinePassed(now: Instant(sinceOrigin: Limits.drainSilence))
    #expect(plain.ending == .notTaken)
  }

  @Test("Text is refused above the high-water mark and accepted again below it")
  func highWater() {
    var plain = PlainEnd(.person)
    while plain.conversation.hasOutboxRoom { plain.send(repeatElement(UInt8(ascii: "x"), count: 65535)) }
    #expect(plain.bytesToSend.count == 262_144)
    #expect(plain.conversation.isOpen)
    plain.sent(1, now: Instant(sinceOrigin: .zero))
    #expect(plain.conversation.hasOutboxRoom)
  }

  // MARK: Breaking

  @Test("The link breaks while it drains: the session is over, and the unsent messages are counted")
  func breaksWhileDraining() {
    let now = Instant(sinceOrigin: .zero)
    var plain = PlainEnd(.person)
    plain.send("one".utf8)
    plain.send("two".utf8)
    plain.want(.leave, now: now)
    plain.sent(5, now: now)
    plain.received(Array("unfinished".utf8)[...], now: now)
    plain.linkOver(failed: true, now: now)
    #expect(plain.ending == .broken)
    #expect(plain.conversation.unsentCount == 1)
    #expect(plain.conversation.receivedCount == 1)
    #expect(plain.bytesToSend.isEmpty)
    #expect(!plain.wantsToReceive)
    #expect(!plain.owesEnd)
    #expect(plain.deadline == nil)
  }

  @Test("Sending fails while it drains: messages that the peer sent before are still received")
  func sendBreaksWhileDraining() {
    let now = Instant(sinceOrigin: .zero)
    var plain = PlainEnd(.person)
    plain.send("one".utf8)
    plain.want(.leave, now: now)
    plain.sendFailed(now: now)
    #expect(plain.bytesToSend.isEmpty)
    #expect(plain.wantsToReceive)
    #expect(plain.ending == nil)
    plain.received(Array("last words\n".utf8)[...], now: now)
    #expect(plain.conversation.receivedCount == 1)
    plain.receivedEnd(now: now)
    #expect(plain.ending == .broken)
    #expect(plain.conversation.unsentCount == 1)
  }

  // MARK: The busy line

  private func receives(_ text: String, chunk: Int, ends: Bool = true) -> PlainEnd {
    var plain = PlainEnd(.person, peerMayBeBusy: true)
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      plain.received(bytes[start..<min(start + chunk, bytes.count)], now: Instant(sinceOrigin: .zero))
    }
    if ends { plain.receivedEnd(now: Instant(sinceOrigin: .zero)) }
    plain.announceEnd(now: Instant(sinceOrigin: .zero))
    return plain
  }

  @Test("The busy line alone and then the end mean that the peer is busy", arguments: ["\n", "\r\n", ""], [1, 7, 200])
  func busyAlone(end: String, chunk: Int) {
    #expect(receives(PlainSession.busyLine + end, chunk: chunk).ending == .peerBusy)
  }

  @Test("The busy line alone is no message; among others it is one", arguments: [1, 7, 200])
  func busyIsNoMessage(chunk: Int) {
    #expect(receives(PlainSession.busyLine + "\n", chunk: chunk).conversation.inbox.isEmpty)
    #expect(receives(PlainSession.busyLine, chunk: chunk).conversation.inbox.isEmpty)
    let text = PlainSession.busyLine + "\nhello\n"
    #expect(receives(text, chunk: chunk).conversation.inbox.bytes == Array(text.utf8))
  }

  @Test("An end that did not dial cannot be refused, so there the busy line is a message")
  func busyToAListener() {
    var plain = PlainEnd(.person)
    plain.received(Array((PlainSession.busyLine + "\n").utf8)[...], now: Instant(sinceOrigin: .zero))
    plain.receivedEnd(now: Instant(sinceOrigin: .zero))
    #expect(plain.ending != .peerBusy && plain.conversation.inbox.entries.count == 1)
  }

  @Test("The busy line before an unfinished one is a message too")
  func busyAndUnfinished() {
    let text = PlainSession.busyLine + "\ntail"
    #expect(receives(text, chunk: 1000).conversation.inbox.bytes == Array((text + "\n").utf8))
    #expect(receives(text, chunk: 7).conversation.inbox.bytes == Array((text + "\n").utf8))
  }

  @Test("A line that was begun is received when the deadline passes")
  func unfinishedAtDeadline() {
    var plain = PlainEnd(.batch(stays: false))
    plain.want(.inputEnded, now: Instant(sinceOrigin: .zero))
    plain.announceEnd(now: Instant(sinceOrigin: .zero))
    plain.received(Array("whole\nbegun".utf8)[...], now: Instant(sinceOrigin: .zero))
    plain.deadlinePassed(now: Instant(sinceOrigin: .zero) + Limits.plainPeerEndWait)
    #expect(plain.ending == .noPeerEnd)
    #expect(plain.conversation.inbox.bytes == Array("whole\nbegun\n".utf8))
  }

  @Test("The busy line is a message if the link breaks before the peer's end")
  func busyAndBroken() {
    var plain = receives(PlainSession.busyLine + "\n", chunk: 9, ends: false)
    plain.linkOver(failed: true, now: Instant(sinceOrigin: .zero))
    #expect(plain.conversation.inbox.entries.count == 1)
  }

  @Test("The busy line of a peer that stays is a message after a moment")
  func busyLineHeld() {
    var plain = receives(PlainSession.busyLine + "\n", chunk: 9, ends: false)
    #expect(plain.conversation.inbox.isEmpty)
    #expect(plain.deadline == Instant(sinceOrigin: Limits.busyHold))
    plain.deadlinePassed(now: Instant(sinceOrigin: Limits.busyHold - .nanoseconds(1)))
    #expect(plain.conversation.inbox.isEmpty)
    plain.deadlinePassed(now: Instant(sinceOrigin: Limits.busyHold))
    #expect(plain.conversation.inbox.bytes == Array((PlainSession.busyLine + "\n").utf8))
    #expect(plain.conversation.receivedCount == 1)
    #expect(plain.deadline == nil)
  }

  @Test("A peer that sends bytes without ever ending a line does not renew the wait for its end")
  func drip() {
    let start = Instant(sinceOrigin: .zero)
    var plain = PlainEnd(.batch(stays: false))
    plain.want(.inputEnded, now: start)
    plain.announceEnd(now: start)
    plain.received(Array("x".utf8)[...], now: start + .seconds(8))
    #expect(plain.deadline == start + Limits.plainPeerEndWait)
    plain.received(Array("y\n".utf8)[...], now: start + .seconds(9))
    #expect(plain.deadline == start + .seconds(9) + Limits.plainPeerEndWait)
  }

  @Test("Leaving at once ends the session, even with unsent messages")
  func abandon() {
    var plain = PlainEnd(.person)
    plain.send("x".utf8)
    plain.want(.abandon, now: Instant(sinceOrigin: .zero))
    #expect(plain.ending == .abandoned)
    #expect(plain.conversation.unsentCount == 1)
  }

  @Test("The busy line refuses nobody while the peer has not ended")
  func busyWithoutEnd() {
    #expect(receives(PlainSession.busyLine + "\n", chunk: 9, ends: false).ending != .peerBusy)
  }

  @Test(
    "The busy line among others is a line",
    arguments: [
      "hello\n" + PlainSession.busyLine + "\n", PlainSession.busyLine + "\nhello\n",
      PlainSession.busyLine + "\n" + PlainSession.busyLine + "\n", PlainSession.busyLine + "\n\n",
      "\n" + PlainSession.busyLine + "\n", " " + PlainSession.busyLine + "\n",
      PlainSession.busyLine + "\nunfinished", "",
    ])
  func busyAmongOthers(text: String) {
    for chunk in [1, 7, 200] { #expect(receives(text, chunk: chunk).ending != .peerBusy, "in chunks of \(chunk)") }
  }

  @Test("The busy line at the end of an overlong line is a part of that line")
  func busyInOverlongLine() {
    let text = String(repeating: "x", count: 65536) + PlainSession.busyLine + "\n"
    // The first chunk completes a piece, the second the rest.
    #expect(receives(text, chunk: 65540).ending != .peerBusy)
    #expect(receives(text, chunk: 1_000_000).ending != .peerBusy)
  }
}
