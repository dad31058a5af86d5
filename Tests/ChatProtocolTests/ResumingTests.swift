import Testing

@testable import ChatProtocol

@Suite("A conversation goes on where a link, a program or a store left it")
struct ResumingTests {
  private typealias Ends = (ann: ResumingEnd, bob: ResumingEnd)

  private func ends(keepsHistory: Bool = true) -> Ends {
    (ResumingEnd(0xA1, keepsHistory: keepsHistory), ResumingEnd(0xB1, keepsHistory: keepsHistory))
  }

  @Test("What was written before the first link, while there is none and afterwards goes out in order")
  func order() {
    var (ann, bob) = ends()
    ann.write("one")
    settle(&ann, &bob)
    ann.cut()
    ann.write("two")
    bob.write("hello")
    settle(&ann, &bob)
    ann.write("three")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "three"] && ann.store.received == ["hello"])
    #expect(ann.conversation.unsentCount == 0 && bob.conversation.unsentCount == 0)
  }

  @Test("A link that is cut anywhere loses and doubles nothing", arguments: 0...160)
  func cutAnywhere(count: Int) {
    var (ann, bob) = ends()
    ann.write("one")
    ann.write("two")
    ann.link(to: bob.greeting)
    bob.link(to: ann.greeting)
    // Frames go to and fro until `count` bytes have arrived.
    var left = count
    while left > 0 {
      let toBob = ann.output()
      bob.receive(Array(toBob.prefix(left)))
      left -= min(left, toBob.count)
      let toAnn = bob.output()
      ann.receive(Array(toAnn.prefix(left)))
      left -= min(left, toAnn.count)
      if toBob.isEmpty, toAnn.isEmpty { break }
    }
    ann.write("three")
    ann.cut()
    bob.cut()
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "three"])
    #expect(ann.conversation.unsentCount == 0)
  }

  @Test("A message that went out on no link can be taken back, and leaves no gap; no other can")
  func withdrawn() {
    var (ann, bob) = ends()
    var withdrawn = [ann.withdrawLast()]
    ann.write("one")
    settle(&ann, &bob)
    withdrawn.append(ann.withdrawLast())
    ann.cut()
    bob.cut()
    for text in ["two", "three", "four"] { ann.write(text) }
    withdrawn += [ann.withdrawLast(), ann.withdrawLast()]
    ann.write("five")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "five"])
    withdrawn.append(ann.withdrawLast())
    #expect(withdrawn == [false, false, true, true, false] && ann.conversation.unsentCount == 0)
    ann.write("six")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "five", "six"])
  }

  @Test("A message that was sent on a link that is gone cannot be taken back, though the peer may lack it")
  func sentBefore() {
    var (ann, bob) = ends()
    settle(&ann, &bob)
    ann.write("one")
    let sent = ann.output()
    ann.cut()
    bob.cut()
    let first = ann.withdrawLast()
    ann.write("two")
    let rest = [ann.withdrawLast(), ann.withdrawLast()]
    #expect(!first && rest == [true, false] && !sent.isEmpty)
    settle(&ann, &bob)
    #expect(bob.store.received == ["one"])
  }

  @Test("A message whose text was read from the store, and that a slow link has not taken, is taken back")
  func readAlready() {
    var (ann, bob) = ends()
    settle(&ann, &bob)
    // It is in the outbox, and no session has asked for it.
    ann.write("one")
    ann.write("two")
    let isWithdrawn = ann.withdrawLast()
    settle(&ann, &bob)
    #expect(isWithdrawn && ann.conversation.unsentCount == 0)
    #expect(bob.store.received == ["one"])
  }

  @Test("A program that is killed sends in its next opening what it had accepted", arguments: [true, false])
  func killed(keepsHistory: Bool) {
    var (ann, bob) = ends(keepsHistory: keepsHistory)
    ann.write("one")
    settle(&ann, &bob)
    bob.cut()
    ann.write("two")
    ann.open(0xA2)
    ann.write("three")
    ann.open(0xA3)
    settle(&ann, &bob)
    ann.write("four")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "three", "four"])
    #expect(ann.conversation.unsentCount == 0)
  }

  @Test("A program that goes on as another opening sends what it had accepted, and once", arguments: [true, false])
  func reopened(keepsHistory: Bool) {
    var (ann, bob) = ends(keepsHistory: keepsHistory)
    ann.write("one")
    settle(&ann, &bob)
    bob.cut()
    ann.write("two")
    ann.cut()
    ann.reopen(0xA2)
    ann.write("three")
    bob.write("hello")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "three"] && ann.store.received == ["hello"])
    #expect(ann.conversation.unsentCount == 0 && ann.conversation.newestName == MessageName(Incarnation(0xA2), 1))
    #expect(ann.conversation.newestWritten == (keepsHistory ? MessageName(Incarnation(0xA2), 1) : nil))
  }

  @Test("A receiver that is killed before it commits gets the message again, and once")
  func receiverKilled() {
    var (ann, bob) = ends()
    settle(&ann, &bob)
    ann.write("one")
    bob.receive(ann.output(), commits: false)
    bob.open(0xB2)
    settle(&ann, &bob)
    #expect(bob.store.received == ["one"])
  }

  @Test("A message that is not in the store yet when the peer has answered is sent once it is")
  func acceptedMeanwhile() {
    var (ann, bob) = ends()
    ann.accept("one")
    settle(&ann, &bob)
    #expect(bob.store.received == [] && bob.events == [.resumed])
    ann.commitAccepted()
    settle(&ann, &bob)
    #expect(bob.store.received == ["one"] && bob.events == [.resumed])
  }

  @Test("An end whose input has ended can still refuse the session, and its peer takes that for no breach")
  func refusalAfterGoodbye() {
    var ann = ResumingEnd(0xA1)
    var bob = ResumingEnd(0xB1, isBatch: true)
    settle(&ann, &bob)
    bob.want(.inputEnded)
    ann.receive(bob.output())
    bob.refuse(.takenOver)
    ann.receive(bob.output())
    #expect(ann.session?.ending == .refusedByPeer(.takenOver))
  }

  @Test("A peer that has a newer link of the same conversation ends the older one, and not the conversation")
  func olderLink() {
    var (ann, bob) = ends()
    settle(&ann, &bob)
    bob.refuse(.olderGeneration)
    ann.receive(bob.output())
    #expect(ann.session?.ending == .refusedByPeer(.olderGeneration) && ann.session?.resumes == true)
    ann.cut()
    bob.cut()
    ann.write("one")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one"])
  }

  @Test("A receiver whose store went back gets from the history what it lacks, and the sender is told")
  func restored() {
    var (ann, bob) = ends()
    ann.write("one")
    settle(&ann, &bob)
    let backup = bob.store
    ann.write("two")
    settle(&ann, &bob)
    ann.open(0xA2)
    ann.write("three")
    settle(&ann, &bob)
    bob.store = backup
    bob.open(0xB2)
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "three"])
    #expect(ann.events.contains(.repeating(count: 2)))
  }

  @Test("Without a history, what a receiver has lost is told to both, and the conversation goes on")
  func lost() {
    var (ann, bob) = ends(keepsHistory: false)
    ann.write("one")
    ann.write("two")
    settle(&ann, &bob)
    bob.store = ResumingEnd.Store()
    bob.open(0xB2)
    settle(&ann, &bob)
    ann.write("three")
    settle(&ann, &bob)
    #expect(bob.store.received == ["three"])
    #expect(bob.events.contains(.peerLost(count: 2)))
  }

  @Test("A sender whose store went back repeats no name, and is told")
  func senderRestored() {
    var (ann, bob) = ends()
    ann.write("one")
    settle(&ann, &bob)
    let backup = ann.store
    ann.write("two")
    settle(&ann, &bob)
    ann.store = backup
    ann.open(0xA2)
    ann.write("three")
    settle(&ann, &bob)
    #expect(bob.store.received == ["one", "two", "three"])
    #expect(ann.events.contains(.ownStoreIsOlder))
  }

  @Test("More than a thousand messages are repeated only if the person agrees", arguments: [true, false])
  func consent(agrees: Bool) {
    var (ann, bob) = ends()
    for number in 1...1001 { ann.write("\(number)") }
    settle(&ann, &bob)
    bob.store = ResumingEnd.Store()
    bob.open(0xB2)
    ann.write("new")
    settle(&ann, &bob)
    #expect(bob.store.received == [] && ann.events.contains(.repeatNeedsConsent(count: 1001)))
    ann.decideRepeat(agrees: agrees)
    settle(&ann, &bob)
    #expect(bob.store.received == (agrees ? (1...1001).map { "\($0)" } : []) + ["new"])
    #expect(bob.events.contains(.peerLost(count: 1001)) == !agrees)
  }

  @Test("A store that goes back again before it has what was repeated is asked about")
  func backAgain() {
    var (ann, bob) = ends()
    ann.write("one")
    settle(&ann, &bob)
    let backup = bob.store
    ann.write("two")
    ann.write("three")
    settle(&ann, &bob)
    for (opening, store) in [(UInt64(0xB2), backup), (0xB3, backup), (0xB4, ResumingEnd.Store())] {
      bob.store = store
      bob.open(opening)
      ann.cut()
      ann.link(to: bob.greeting)
      bob.link(to: ann.greeting)
      bob.receive(ann.output())
      ann.receive(bob.output())
      _ = ann.output()
    }
    // The same again, as after a cut, is not asked about.
    #expect(ann.events == [.resumed, .repeating(count: 2), .resumed, .resumed, .repeatNeedsConsent(count: 3)])
    #expect(ann.conversation.unsentCount == 3)
  }

  @Test("What is repeated counts as unsent until it has arrived")
  func repeatedIsUnsent() {
    var (ann, bob) = ends()
    ann.write("one")
    settle(&ann, &bob)
    bob.store = ResumingEnd.Store()
    bob.open(0xB2)
    ann.cut()
    ann.link(to: bob.greeting)
    bob.link(to: ann.greeting)
    bob.receive(ann.output())
    ann.receive(bob.output())
    #expect(ann.conversation.unsentCount == 1)
    settle(&ann, &bob)
    #expect(ann.conversation.unsentCount == 0 && bob.store.received == ["one"])
  }

  @Test("Nothing older than what a peer says it has is sent again")
  func onlyTheEnd() {
    var own = OwnMessages(ConversationRecord(), incarnation: Incarnation(9), keepsHistory: true)
    var record = own.record
    for number in UInt64(1)...5 { record.written.append(MessageRun(Incarnation(number), first: 1, count: 900)) }
    for number in UInt64(1)...5 { record.acknowledged[Incarnation(number)] = 900 }
    own = OwnMessages(record, incarnation: Incarnation(9), keepsHistory: true)
    let answers: [Incarnation: UInt64] = [
      Incarnation(9): 0, Incarnation(5): 0, Incarnation(4): 900, Incarnation(3): 0, Incarnation(2): 900,
    ]
    #expect(
      own.toSend(above: answers, repeatsAcknowledged: true)
        == [MessageRun(Incarnation(5), first: 1, count: 900)])
  }

  // MARK: A hostile peer

  /// The first end of a link whose peer has sent some frames instead of an answer.
  /// - Parameter commits: whether it commits what they bring.
  private func afterwards(_ frames: [UInt8], commits: Bool = true) -> ResumingEnd {
    var (ann, bob) = ends()
    ann.write("one")
    settle(&ann, &bob)
    ann.cut()
    ann.link(to: bob.greeting)
    _ = ann.output()
    ann.receive(frames, commits: commits)
    _ = ann.output()
    return ann
  }

  private func entries(_ kind: Frame.Kind, _ entries: [(UInt64, UInt64)]) -> [UInt8] {
    Frame.encode(kind, entries.flatMap { $0.0.bigEndianBytes + $0.1.bigEndianBytes })
  }

  @Test(
    "Numbers that no message has, and incarnations that nobody has, are violations",
    arguments: [UInt64(1) << 63, .max], [Frame.Kind.acknowledgement, .answer, .go])
  func hugeNumbers(number: UInt64, kind: Frame.Kind) {
    for incarnation in [UInt64(0xA1), 0x1234] {
      #expect(
        afterwards(entries(kind, [(incarnation, number)])).session?.ending
          == .violated(.malformed(kind: kind.rawValue)))
    }
    #expect(afterwards(entries(.acknowledgement, [(0x1234, 7)])).session?.ending == .violated(.answeredUnasked))
  }

  @Test(
    "What came of very many incarnations is committed before more is taken",
    arguments: [Frame.Kind.go, .messages, .withdrawal])
  func incarnationsWithoutEnd(kind: Frame.Kind) {
    func frame(_ incarnation: UInt64) -> [UInt8] {
      let name = incarnation.bigEndianBytes + UInt64(kind == .go ? 2 : 1).bigEndianBytes
      return Frame.encode(kind, kind == .messages ? name + UInt64(0).bigEndianBytes + Array("x\n".utf8) : name)
    }
    func isKnown(_ incarnation: UInt64, to end: ResumingEnd) -> Bool {
      end.conversation.peers.receivedNumber(of: Incarnation(incarnation)) == 1
    }
    var ann = afterwards((1...10_000).flatMap(frame), commits: false)
    #expect(ann.session?.ending == nil && ann.session?.hasReceivedMore == true && !ann.conversation.hasInboxRoom)
    #expect(isKnown(4_096, to: ann) && !isKnown(4_097, to: ann))
    for _ in 0..<3 { ann.commitReceived() }
    #expect(ann.session?.ending == nil && ann.session?.hasReceivedMore == false && isKnown(10_000, to: ann))
  }

  @Test("A peer cannot make this end hold answers without end: it waits for one before it asks again")
  func questionsWithoutEnd() {
    var (ann, bob) = ends()
    ann.link(to: bob.greeting)
    bob.link(to: ann.greeting)
    let question = Frame.encode(.ask, UInt64(7).bigEndianBytes)
    for _ in 0..<3 {
      ann.receive(question)
      #expect(!ann.output().isEmpty && ann.session?.ending == nil)
    }
    ann.receive(question + question)
    #expect(ann.session?.ending == .violated(.outOfPlace(kind: Frame.Kind.ask.rawValue)))
  }
}
