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
    for opening in UInt64(0xB2)...0xB3 {
      bob.store = ResumingEnd.Store()
      bob.open(opening)
      ann.cut()
      ann.link(to: bob.greeting)
      bob.link(to: ann.greeting)
      bob.receive(ann.output())
      ann.receive(bob.output())
      _ = ann.output()
    }
    #expect(ann.events.contains(.repeatNeedsConsent(count: 1)))
  }

  @Test("A batch end, which keeps no store, gets only what was never acknowledged")
  func batchSink() {
    var ann = ResumingEnd(0xA1)
    var bob = ResumingEnd(0xB1, isBatch: true)
    ann.write("one")
    settle(&ann, &bob)
    bob.open(0xB2)
    ann.cut()
    ann.write("two")
    settle(&ann, &bob)
    #expect(bob.store.received == ["two"] && bob.events == [.resumed])
  }

  @Test("A batch end sends again what is not acknowledged, over any number of links", arguments: 1...5)
  func batchSender(links: Int) {
    var ann = ResumingEnd(0xA1, isBatch: true)
    var bob = ResumingEnd(0xB1)
    settle(&ann, &bob)
    var all: [String] = []
    for link in 1...links {
      for number in 1...100 {
        all.append("\(link) \(number)")
        ann.write(all.last ?? "")
      }
      bob.receive(Array(ann.output().prefix(700)))
      ann.cut()
      bob.cut()
      ann.link(to: bob.greeting)
      bob.link(to: ann.greeting)
    }
    settle(&ann, &bob)
    #expect(bob.store.received == all && ann.conversation.unsentCount == 0)
  }
}
