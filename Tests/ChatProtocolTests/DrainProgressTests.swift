import Basics
import Testing

@testable import ChatProtocol

@Suite("What prolongs the drain of a framed session")
struct DrainProgressTests {
  private static let start = Instant(sinceOrigin: .zero)

  /// A batch end whose input has ended, with some messages on their way.
  private func drainingEnd(_ texts: [String]) -> FramedEnd {
    var end = FramedEnd(.batch(stays: false), peer: .person, now: DrainProgressTests.start, isResumed: true)
    for text in texts { end.send(text) }
    end.want(.inputEnded)
    end.session.advance(&end.conversation, now: DrainProgressTests.start)
    return end
  }

  /// How long a session goes on with a peer that sends a frame each second.
  private func length(of end: inout FramedEnd, _ frame: (UInt64) -> [UInt8]) -> Duration {
    for second in UInt64(1)...600 {
      let now = DrainProgressTests.start + .seconds(second)
      end.receive(frame(second), now: now)
      end.session.advance(&end.conversation, now: now)
      end.session.deadlinePassed(&end.conversation, unread: false, now: now)
      if end.session.ending != nil { return now - DrainProgressTests.start }
    }
    return .seconds(600)
  }

  @Test("An acknowledgement that acknowledges nothing does not", arguments: [0, 1] as [UInt64])
  func acknowledgedNothing(number: UInt64) {
    var end = drainingEnd(["one", "two"])
    end.receive(FramedEnd.acknowledgement(1), now: DrainProgressTests.start)
    #expect(length(of: &end) { _ in FramedEnd.acknowledgement(number) } == Limits.batchDrainSilence)
    #expect(end.session.ending == .notTaken)
  }

  @Test("A message that becomes acknowledged does")
  func acknowledgedOneByOne() {
    var end = drainingEnd((1...30).map { "\($0)" })
    let last = length(of: &end) { FramedEnd.acknowledgement(min($0, 29)) }
    #expect(last == .seconds(29) + Limits.batchDrainSilence)
    #expect(end.session.ending == .notTaken)
  }

  private static let (old, older) = (Incarnation(0x12), Incarnation(0x11))

  /// An end with 31 messages in its store, all but the last of which its peer had acknowledged. The peer has none any
  /// more.
  private func repeatingEnd() -> FramedEnd {
    let (start, old, older) = (DrainProgressTests.start, DrainProgressTests.old, DrainProgressTests.older)
    var record = ConversationRecord()
    record.written = [MessageRun(old, first: 1, count: 31)]
    record.acknowledged = [old: 30, older: 9]
    record.newestAcknowledged = MessageName(old, 30)
    var end = FramedEnd(.batch(stays: false), peer: .person, now: start)
    end.conversation = Conversation(
      party: .batch(stays: false), storage: .store(keepsHistory: true), incarnation: FramedEnd.own, record: record)
    end.conversation.linkUp(acknowledges: true)
    end.session = FramedSession(
      party: .batch(stays: false), peer: Greeting(isPerson: true, name: nil, keepsStore: true), now: start)
    end.session.advance(&end.conversation, now: start)
    let answer = [FramedEnd.own, old].flatMap { Frame.bytes(of: $0, 0) }
    end.receive(Frame.encode(.answer, answer), now: start)
    let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 31)
    end.conversation.supply([MessageBatch(first: MessageName(old, 1), count: 31, writtenAt: 1, lines: lines[...])])
    end.want(.inputEnded)
    end.session.advance(&end.conversation, now: start)
    return end
  }

  @Test("A message that is repeated does, when it becomes acknowledged again")
  func repeated() {
    var end = repeatingEnd()
    let length = length(of: &end) {
      Frame.encode(.acknowledgement, Frame.bytes(of: DrainProgressTests.old, min($0, 30)))
    }
    #expect(length == .seconds(30) + Limits.batchDrainSilence)
  }

  @Test("A message that is in no store of this end does not, whatever its peer acknowledges")
  func unknown() {
    var end = repeatingEnd()
    let length = length(of: &end) {
      Frame.encode(.acknowledgement, Frame.bytes(of: DrainProgressTests.older, 9 + $0))
    }
    #expect(length == Limits.batchDrainSilence)
    #expect(end.session.ending == .notTaken)
  }
}
