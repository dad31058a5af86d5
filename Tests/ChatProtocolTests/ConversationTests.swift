import Testing

@testable import ChatProtocol

@Suite("A conversation outlives its links")
struct ConversationTests {
  private enum Step: CaseIterable { case linkUp, linkEnded, linkLost }

  private func apply(_ step: Step, to conversation: inout Conversation) {
    switch step {
    case .linkUp: conversation.linkUp()
    case .linkEnded: conversation.linkEnded(.goodbye, resumes: false)
    case .linkLost: conversation.linkEnded(.broken, resumes: true)
    }
  }

  // Each phase, the steps that lead to it, and the phases after linkUp, linkEnded (cannot resume) and linkEnded (can
  // resume).
  private static let table: [(Conversation.Phase, path: [Int], [Conversation.Phase])] = [
    (.waiting, [], [.linked, .waiting, .waiting]),
    (.linked, [0], [.linked, .over(.goodbye), .interrupted]),
    (.interrupted, [0, 2], [.linked, .interrupted, .interrupted]),
    (.over(.goodbye), [0, 1], [.over(.goodbye), .over(.goodbye), .over(.goodbye)]),
  ]

  @Test("Each step leads from each phase to the one in the table")
  func phases() {
    for (phase, path, results) in ConversationTests.table {
      var before = Conversation(party: .person)
      for index in path { apply(Step.allCases[index], to: &before) }
      #expect(before.phase == phase)
      for (step, expected) in zip(Step.allCases, results) {
        var conversation = before
        apply(step, to: &conversation)
        #expect(conversation.phase == expected, "\(phase), then \(step)")
      }
    }
  }

  @Test("Accepted messages are still owed after an interruption, and more are accepted")
  func interrupted() {
    var conversation = Conversation(party: .person)
    conversation.linkUp()
    conversation.accept("one".utf8)
    conversation.linkEnded(.broken, resumes: true)
    #expect(conversation.isOpen)
    #expect(conversation.unsentCount == 1)
    conversation.linkUp()
    conversation.accept("two".utf8)
    #expect(conversation.outbox.bytes.elementsEqual("one\ntwo\n".utf8))
  }

  @Test("A wish is never taken back")
  func wishes() {
    var conversation = Conversation(party: .batch(stays: false))
    conversation.linkUp()
    conversation.want(.leave)
    conversation.want(.inputEnded)
    #expect(conversation.wish == .leave)
    #expect(!conversation.isOpen)
    conversation.want(.abandon)
    #expect(conversation.wish == .abandon)
  }

  @Test("Messages are refused above the high-water mark, and accepted again below it")
  func highWater() {
    var conversation = Conversation(party: .person)
    conversation.linkUp()
    while conversation.hasOutboxRoom { conversation.accept(repeatElement(UInt8(ascii: "x"), count: 65_535)) }
    #expect(conversation.outbox.byteCount == 262_144)
    #expect(conversation.isOpen)
    conversation.retire(bytes: 1)
    #expect(conversation.hasOutboxRoom)
    conversation.linkUp(acknowledges: true)
    while conversation.hasOutboxRoom { conversation.accept(repeatElement(UInt8(ascii: "x"), count: 65_535)) }
    #expect(conversation.outbox.byteCount >= Limits.unacknowledgedBytesHigh)
  }
}
