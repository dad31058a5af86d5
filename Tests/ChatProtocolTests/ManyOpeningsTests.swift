import Basics
import Testing

@testable import ChatProtocol

/// Conversations with far more openings than may be uncommitted at a time, each with one message, as a script makes
/// them that hands one over every few seconds.
@Suite("A conversation with very many openings", .timeLimit(.minutes(3)))
struct ManyOpeningsTests {
  private static let count = 20_000
  private static let now = Instant(sinceOrigin: .zero)

  /// One end of a link. Its texts are the numbers of their openings.
  private struct End {
    var conversation: Conversation
    var session: FramedSession
    var received: [UInt64] = []
    var events: [ConversationEvent] = []

    init(_ incarnation: UInt64, _ record: ConversationRecord, keepsHistory: Bool, peer: UInt64) {
      conversation = Conversation(
        party: .person, storage: .store(keepsHistory: keepsHistory), incarnation: Incarnation(incarnation),
        record: record)
      conversation.linkUp(acknowledges: true)
      let greeting = Greeting(isPerson: true, name: nil, incarnation: Incarnation(peer), keepsStore: true)
      session = FramedSession(party: .person, peer: greeting, now: now)
    }

    /// The bytes that go out now, as many as a channel takes at a time.
    mutating func output() -> [UInt8] {
      session.advance(&conversation, now: now)
      let batches = conversation.missingTexts.map { run in
        MessageBatch(
          first: MessageName(run.incarnation, run.first), count: 1, writtenAt: 1,
          lines: Array("\(run.incarnation.value)\n".utf8)[...])
      }
      conversation.supply(batches)
      session.advance(&conversation, now: now)
      let bytes = Array(session.bytesToSend(of: conversation))
      session.sent(bytes.count, &conversation, now: now)
      return bytes
    }

    mutating func receive(_ bytes: [UInt8]) {
      session.received(bytes[...], &conversation, now: now)
      while !conversation.inbox.messages.isEmpty || conversation.hasUndelivered || session.hasReceivedMore {
        received += conversation.inbox.messages.map(\.first.incarnation.value)
        conversation.committed()
        session.receiveMore(&conversation, now: now)
      }
      events += conversation.takeEvents()
    }
  }

  /// Carries until nothing moves.
  private func settle(_ ann: inout End, _ bob: inout End) {
    while true {
      let (toBob, toAnn) = (ann.output(), bob.output())
      if toBob.isEmpty, toAnn.isEmpty { return }
      bob.receive(toBob)
      ann.receive(toAnn)
    }
  }

  private func ends(acknowledged: Bool, keepsHistory: Bool) -> (ann: End, bob: End) {
    var record = ConversationRecord()
    for number in 1...UInt64(ManyOpeningsTests.count) {
      record.written.append(MessageRun(Incarnation(number), first: 1, count: 1))
      if acknowledged { record.acknowledged[Incarnation(number)] = 1 }
    }
    if acknowledged { record.newestAcknowledged = MessageName(Incarnation(UInt64(ManyOpeningsTests.count)), 1) }
    return (
      End(0xA0000, record, keepsHistory: keepsHistory, peer: 0xB0000),
      End(0xB0000, ConversationRecord(), keepsHistory: keepsHistory, peer: 0xA0000)
    )
  }

  @Test("All that wait go out on one link, in order, with a history and without", arguments: [true, false])
  func waiting(keepsHistory: Bool) {
    var (ann, bob) = ends(acknowledged: false, keepsHistory: keepsHistory)
    settle(&ann, &bob)
    #expect(ann.session.ending == nil && bob.session.ending == nil)
    #expect(bob.received == Array(1...UInt64(ManyOpeningsTests.count)))
    #expect(ann.conversation.unsentCount == 0)
    #expect(ann.conversation.own.written.count == (keepsHistory ? ManyOpeningsTests.count : 0))
  }

  @Test("A peer that has lost its store gets all of them again, if this end's person agrees")
  func lost() {
    var (ann, bob) = ends(acknowledged: true, keepsHistory: true)
    settle(&ann, &bob)
    #expect(ann.events == [.repeatNeedsConsent(count: ManyOpeningsTests.count)] && bob.received == [])
    ann.conversation.decideRepeat(agrees: true)
    settle(&ann, &bob)
    #expect(ann.session.ending == nil && bob.session.ending == nil)
    #expect(bob.received == Array(1...UInt64(ManyOpeningsTests.count)))
  }

  @Test("A peer that has lost its store is told what it does not get, if this end's person does not agree")
  func skipped() {
    var (ann, bob) = ends(acknowledged: true, keepsHistory: true)
    settle(&ann, &bob)
    ann.conversation.decideRepeat(agrees: false)
    settle(&ann, &bob)
    #expect(ann.session.ending == nil && bob.session.ending == nil && bob.received == [])
    let told = bob.events.reduce(0 as UInt64) { if case .peerLost(let count) = $1 { $0 + count } else { $0 } }
    #expect(told == UInt64(ManyOpeningsTests.count))
  }

  @Test("Acknowledgements that come in another order, or twice, count each message once", arguments: [true, false])
  func anyOrder(keepsHistory: Bool) {
    var record = ConversationRecord()
    for number in 1...UInt64(1_000) {
      record.written.append(MessageRun(Incarnation(number % 100), first: 1 + number / 100 * 2, count: 2))
    }
    record.written.sort { ($0.first, $0.incarnation) < ($1.first, $1.incarnation) }
    var own = OwnMessages(record, incarnation: Incarnation(1_000), keepsHistory: keepsHistory)
    var left = own.unacknowledgedCount
    for step in 0..<2_000 as Range<UInt64> {
      let (incarnation, number) = (Incarnation(step * 37 % 100), step * 7 % 24)
      let before = own.acknowledgedNumber(of: incarnation)
      let counted = record.written.reduce(0) { sum, run in
        run.incarnation != incarnation
          ? sum
          : sum + (run.first...run.last).count { $0 > before && $0 <= number }
      }
      own.acknowledge(incarnation, through: number)
      left -= counted
      #expect(own.unacknowledgedCount == left)
    }
    let kept = record.written.compactMap { run -> MessageRun? in
      let first = max(run.first, own.acknowledgedNumber(of: run.incarnation) + 1)
      if keepsHistory { return run }
      return first > run.last ? nil : MessageRun(run.incarnation, first: first, count: run.last - first + 1)
    }
    #expect(own.written == kept)
  }
}
