import Basics
import Testing

@testable import ChatProtocol

@Suite("Two plain conversations on a fake wire")
struct PlainConversationTests {
  private static let chunks = [1, 2, 3, 5, 8, 13, 64, 4096]
  private static let lines = ["hello", "", "caf\u{E9} \u{1F40C}", "a line that is a little longer than the others"]

  @Test("What each says the other hears, in order, in chunks of every size", arguments: chunks)
  func exchange(chunk: Int) {
    var wire = FakeWire(.person, .person, chunk: chunk)
    for line in PlainConversationTests.lines {
      wire.left.conversation.say(line.utf8)
      wire.right.conversation.say("re: \(line)".utf8)
    }
    #expect(wire.left.conversation.linesUnsent == 4)
    wire.settle()
    #expect(wire.right.heard == PlainConversationTests.lines)
    #expect(wire.left.heard == PlainConversationTests.lines.map { "re: \($0)" })
    #expect(wire.left.conversation.linesUnsent == 0)
    #expect(wire.left.conversation.linesSaid == 4)
    #expect(wire.left.conversation.linesHeard == 4)
    #expect(wire.left.conversation.ending == nil)
    #expect(wire.left.conversation.deadline == nil)
  }

  @Test("Many lines said at once are the same as each said by itself", arguments: chunks)
  func sayLines(chunk: Int) {
    var wire = FakeWire(.batch(stays: false), .person, chunk: chunk)
    wire.left.conversation.say(lines: Array("one\n\nthree\n".utf8)[...], count: 3)
    wire.settle()
    #expect(wire.right.heard == ["one", "", "three"])
    #expect(wire.left.conversation.linesSaid == 3)
  }

  @Test("Both leave at once, and both have said goodbye", arguments: chunks)
  func bothLeave(chunk: Int) {
    var wire = FakeWire(.person, .person, chunk: chunk)
    wire.left.conversation.say("bye".utf8)
    wire.right.conversation.say("so long".utf8)
    wire.left.conversation.leave(now: wire.now)
    wire.right.conversation.leave(now: wire.now)
    wire.settle()
    for end in [wire.left, wire.right] {
      #expect(end.conversation.ending == .goodbye)
      #expect(!end.conversation.peerLeftFirst)
    }
    #expect(wire.left.heard == ["so long"])
    #expect(wire.right.heard == ["bye"])
  }

  @Test("One leaves with a full outbox: the other gets all of it and follows", arguments: chunks.filter { $0 >= 8 })
  func leavesWithFullOutbox(chunk: Int) {
    var wire = FakeWire(.person, .person, chunk: chunk, capacity: 100)
    var said = 0
    while wire.left.conversation.acceptsText {
      wire.left.conversation.say(repeatElement(UInt8(ascii: "x"), count: 5000))
      said += 1
    }
    #expect(wire.left.conversation.isOpenForText)
    wire.left.conversation.leave(now: wire.now)
    #expect(!wire.left.conversation.isOpenForText)
    wire.settle()
    #expect(wire.right.heard.count == said)
    #expect(wire.right.heard.allSatisfy { $0.utf8.count == 5000 })
    #expect(wire.left.conversation.ending == .goodbye)
    #expect(wire.right.conversation.ending == .goodbye)
    #expect(wire.right.conversation.peerLeftFirst)
    #expect(!wire.left.conversation.peerLeftFirst)
  }

  @Test("A batch that has said everything goes on hearing until the other has too", arguments: chunks)
  func halfCloseThenData(chunk: Int) {
    var wire = FakeWire(.batch(stays: false), .batch(stays: false), chunk: chunk)
    wire.left.conversation.say("mine".utf8)
    wire.left.conversation.inputUsedUp(now: wire.now)
    wire.settle()
    #expect(wire.right.conversation.peerHasEnded)
    #expect(wire.left.conversation.ending == nil)
    for line in PlainConversationTests.lines {
      wire.right.conversation.say(line.utf8)
      wire.settle()
    }
    #expect(wire.left.heard == PlainConversationTests.lines)
    wire.right.conversation.inputUsedUp(now: wire.now)
    wire.settle()
    #expect(wire.left.conversation.ending == .goodbye)
    #expect(wire.right.conversation.ending == .goodbye)
    #expect(wire.right.heard == ["mine"])
  }

  @Test("A last line without its line feed is heard when the peer ends")
  func unfinishedLine() {
    var conversation = PlainConversation(manner: .person)
    conversation.received(Array("hal".utf8)[...], now: Instant(sinceOrigin: .zero))
    #expect(conversation.inbox.isEmpty)
    conversation.received(Array("f".utf8)[...], now: Instant(sinceOrigin: .zero))
    conversation.receivedEnd(now: Instant(sinceOrigin: .zero))
    #expect(conversation.inbox.entries.map { Array(conversation.inbox.text($0)) } == [Array("half".utf8)])
    #expect(conversation.linesHeard == 1)
  }

  @Test("A peer that never reads is waited for no longer than the limit, and what it did not take is counted")
  func neverReads() {
    var wire = FakeWire(.person, .person, chunk: 64, capacity: 10)
    wire.right.reads = false
    for line in ["first", "second", "third"] { wire.left.conversation.say(line.utf8) }
    wire.settle()
    wire.left.conversation.leave(now: wire.now)
    wire.settle()
    let start = wire.now
    #expect(wire.left.conversation.ending == nil)
    let hadDeadline = wire.passDeadline()
    #expect(hadDeadline)
    #expect(wire.now - start == Limits.drainSilence)
    #expect(wire.left.conversation.ending == .notTaken)
    // "first" and four bytes of "second" are on the wire.
    #expect(wire.left.conversation.linesUnsent == 2)
    #expect(wire.left.conversation.output.isEmpty)
  }

  @Test("A peer that takes everything and never ends is left after the wait for its goodbye")
  func neverEnds() {
    var wire = FakeWire(.person, .batch(stays: false), chunk: 64)
    wire.left.conversation.say("anybody?".utf8)
    wire.left.conversation.leave(now: wire.now)
    wire.settle()
    #expect(wire.right.heard == ["anybody?"])
    let start = wire.now
    let hadDeadline = wire.passDeadline()
    #expect(hadDeadline)
    #expect(wire.now - start == Limits.goodbyeWait)
    #expect(wire.left.conversation.ending == .peerStayed)
    #expect(wire.left.conversation.linesUnsent == 0)
  }

  @Test("A deadline that has not come yet changes nothing when it is asked about")
  func earlyDeadline() {
    var conversation = PlainConversation(manner: .person)
    conversation.say("x".utf8)
    conversation.leave(now: Instant(sinceOrigin: .zero))
    conversation.deadlinePassed(now: Instant(sinceOrigin: Limits.drainSilence - .nanoseconds(1)))
    #expect(conversation.ending == nil)
    conversation.deadlinePassed(now: Instant(sinceOrigin: Limits.drainSilence))
    #expect(conversation.ending == .notTaken)
  }

  @Test("Text is refused above the high-water mark and taken again below it")
  func highWater() {
    var conversation = PlainConversation(manner: .person)
    while conversation.acceptsText { conversation.say(repeatElement(UInt8(ascii: "x"), count: 65535)) }
    #expect(conversation.output.count == 262_144)
    #expect(conversation.isOpenForText)
    conversation.sent(1, now: Instant(sinceOrigin: .zero))
    #expect(conversation.acceptsText)
  }

  // MARK: Breaking

  @Test("The link breaks while it drains: it is over, and what was not sent is counted")
  func breaksWhileDraining() {
    let now = Instant(sinceOrigin: .zero)
    var conversation = PlainConversation(manner: .person)
    conversation.say("one".utf8)
    conversation.say("two".utf8)
    conversation.leave(now: now)
    conversation.sent(5, now: now)
    conversation.received(Array("unfinished".utf8)[...], now: now)
    conversation.linkBroke(now: now)
    #expect(conversation.ending == .broken)
    #expect(conversation.linesUnsent == 1)
    #expect(conversation.linesHeard == 1)
    #expect(conversation.output.isEmpty)
    #expect(!conversation.wantsInput)
    #expect(!conversation.wantsHalfClose)
    #expect(conversation.deadline == nil)
  }

  @Test("Sending breaks while it drains: what the peer had sent before is still heard")
  func sendBreaksWhileDraining() {
    let now = Instant(sinceOrigin: .zero)
    var conversation = PlainConversation(manner: .person)
    conversation.say("one".utf8)
    conversation.leave(now: now)
    conversation.sendBroke(now: now)
    #expect(conversation.output.isEmpty)
    #expect(conversation.wantsInput)
    #expect(conversation.ending == nil)
    conversation.received(Array("last words\n".utf8)[...], now: now)
    #expect(conversation.linesHeard == 1)
    conversation.receivedEnd(now: now)
    #expect(conversation.ending == .broken)
    #expect(conversation.linesUnsent == 1)
  }

  // MARK: The busy line

  private func hears(_ text: String, chunk: Int, ends: Bool = true) -> PlainConversation {
    var conversation = PlainConversation(manner: .person, mayBeTurnedAway: true)
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      conversation.received(bytes[start..<min(start + chunk, bytes.count)], now: Instant(sinceOrigin: .zero))
    }
    if ends { conversation.receivedEnd(now: Instant(sinceOrigin: .zero)) }
    return conversation
  }

  @Test("The busy line alone and then the end is being turned away", arguments: ["\n", "\r\n", ""], [1, 7, 200])
  func busyAlone(end: String, chunk: Int) {
    #expect(hears(PlainConversation.busyLine + end, chunk: chunk).wasTurnedAway)
  }

  @Test("Being turned away is not a message; the busy line among others is", arguments: [1, 7, 200])
  func busyIsNoMessage(chunk: Int) {
    #expect(hears(PlainConversation.busyLine + "\n", chunk: chunk).inbox.isEmpty)
    #expect(hears(PlainConversation.busyLine, chunk: chunk).inbox.isEmpty)
    let text = PlainConversation.busyLine + "\nhello\n"
    #expect(hears(text, chunk: chunk).inbox.bytes == Array(text.utf8))
  }

  @Test("Whoever did not dial cannot be turned away: there the busy line is a message")
  func busyToAListener() {
    var conversation = PlainConversation(manner: .person)
    conversation.received(Array((PlainConversation.busyLine + "\n").utf8)[...], now: Instant(sinceOrigin: .zero))
    conversation.receivedEnd(now: Instant(sinceOrigin: .zero))
    #expect(!conversation.wasTurnedAway && conversation.inbox.entries.count == 1)
  }

  @Test("The busy line before an unfinished one is a message too")
  func busyAndUnfinished() {
    let text = PlainConversation.busyLine + "\ntail"
    #expect(hears(text, chunk: 1000).inbox.bytes == Array((text + "\n").utf8))
    #expect(hears(text, chunk: 7).inbox.bytes == Array((text + "\n").utf8))
  }

  @Test("A line that was begun is heard when patience ends")
  func unfinishedWhenPatienceEnds() {
    var conversation = PlainConversation(manner: .batch(stays: false))
    conversation.inputUsedUp(now: Instant(sinceOrigin: .zero))
    conversation.received(Array("whole\nbegun".utf8)[...], now: Instant(sinceOrigin: .zero))
    conversation.deadlinePassed(now: Instant(sinceOrigin: .zero) + Limits.batchRestSilence)
    #expect(conversation.ending == .peerStayed)
    #expect(conversation.inbox.bytes == Array("whole\nbegun\n".utf8))
  }

  @Test("The busy line is shown when the link breaks instead of ending")
  func busyAndBroken() {
    var conversation = hears(PlainConversation.busyLine + "\n", chunk: 9, ends: false)
    conversation.linkBroke(now: Instant(sinceOrigin: .zero))
    #expect(conversation.inbox.entries.count == 1)
  }

  @Test("The busy line is only a line as long as the peer has not ended")
  func busyWithoutEnd() {
    #expect(!hears(PlainConversation.busyLine + "\n", chunk: 9, ends: false).wasTurnedAway)
  }

  @Test(
    "The busy line among others is a line",
    arguments: [
      "hello\n" + PlainConversation.busyLine + "\n", PlainConversation.busyLine + "\nhello\n",
      PlainConversation.busyLine + "\n" + PlainConversation.busyLine + "\n", PlainConversation.busyLine + "\n\n",
      "\n" + PlainConversation.busyLine + "\n", " " + PlainConversation.busyLine + "\n",
      PlainConversation.busyLine + "\nunfinished", "",
    ])
  func busyAmongOthers(text: String) {
    for chunk in [1, 7, 200] { #expect(!hears(text, chunk: chunk).wasTurnedAway, "in chunks of \(chunk)") }
  }

  @Test("The busy line at the end of an overlong line is a part of that line")
  func busyInOverlongLine() {
    let text = String(repeating: "x", count: 65536) + PlainConversation.busyLine + "\n"
    // The first chunk completes a piece, the second the rest.
    #expect(!hears(text, chunk: 65540).wasTurnedAway)
    #expect(!hears(text, chunk: 1_000_000).wasTurnedAway)
  }
}
