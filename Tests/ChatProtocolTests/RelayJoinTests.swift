import Basics
import TestSupport
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Joining a room at a relay")
struct RelayJoinTests {
  private func at(_ seconds: Int) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }

  /// A join that has asked for its room at time 0 and received `text`.
  private func join(receiving text: String = "") -> RelayJoin {
    var join = RelayJoin(joining: RoomName("tea")!, now: at(0))
    join.sent(join.bytesToSend.count)
    for byte in text.utf8 { join.received(byte, now: at(0)) }
    return join
  }

  @Test("It begins by asking for its room")
  func asks() {
    let join = RelayJoin(joining: RoomName("tea")!, now: at(0))
    #expect(join.bytesToSend.elementsEqual("TINCAN/1 JOIN tea\n".utf8))
    #expect(join.deadline == at(10))
  }

  @Test(
    "The lines of a relay decide the outcome",
    arguments: [
      ("TINCAN/1 WAIT\n", nil), ("TINCAN/1 WA", nil),
      ("TINCAN/1 PAIRED 1\n", RelayJoin.Outcome.paired(.first)),
      ("TINCAN/1 WAIT\nTINCAN/1 WAIT\nTINCAN/1 PAIRED 2\n", .paired(.second)),
      // Text behind a third space is for newer guests.
      ("TINCAN/1 PAIRED 1 192.0.2.7:4711 and more\n", .paired(.first)), ("TINCAN/1 PAIRED 2 \n", .paired(.second)),
      ("TINCAN/1 PAIRED 12\n", .notARelay), ("TINCAN/1  PAIRED 1\n", .notARelay), ("TINCAN/1 WAIT \n", .notARelay),
      ("TINCAN/1 ERROR full two are in\n", .refused(.roomTaken, text: "two are in")),
      ("TINCAN/1 ERROR busy\n", .refused(.atCapacity, text: "busy")),
      ("TINCAN/1 WAIT\nTINCAN/1 ERROR draining bye\n", .refused(.draining, text: "bye")),
      ("TINCAN/1 ERROR novel word\n", .refused(nil, text: "word")),
      ("TINCAN/1 PAIRED 3\n", .notARelay), ("TINCAN/1 PAIRED\n", .notARelay), ("TINCAN/1 HELLO\n", .notARelay),
      ("TINCAN/2", .notARelay), ("SSH-2.0", .notARelay), ("\n", .notARelay),
      ("TINCAN/1 ERROR full \u{1B}[2J", .notARelay), ("TINCAN/1 WAIT\r\n", .notARelay),
      ("TINCAN/1 ERROR full " + String(repeating: "x", count: 200), .notARelay),
    ])
  func outcomes(text: String, outcome: RelayJoin.Outcome?) {
    let join = self.join(receiving: text)
    #expect(join.outcome == outcome)
    #expect((join.bytesWanted == 0) == (outcome != nil))
    #expect((join.deadline == nil) == (outcome != nil))
  }

  @Test("Every line a relay sends is understood")
  func understandsRelays() {
    for refusal in Refusal.allCases where refusal != .http {
      let join = self.join(receiving: String(decoding: RelayReply.refused(refusal).bytes, as: UTF8.self))
      #expect(join.outcome == .refused(refusal.word, text: refusal.text))
    }
  }

  private static let question = "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0ODw\n"
  private static let proof = RelayProof(code: Array(0..<32))

  /// A join with a pass that has asked for its room and received `text`.
  private func joinWithPass(receiving text: String) -> RelayJoin {
    let side = RelaySide(Array("AAAAAAAAAAAAAAAAAAAAAA".utf8)[...])!
    var join = RelayJoin(
      joining: RoomName("tea")!, side: side,
      prover: { request, nonce in
        #expect(request == JoinRequest(RoomName("tea")!, side: side) && nonce.text == "AAECAwQFBgcICQoLDA0ODw")
        return RelayJoinTests.proof
      }, now: at(0))
    join.sent(join.bytesToSend.count)
    for byte in text.utf8 { join.received(byte, now: at(8)) }
    return join
  }

  @Test("A relay that asks for a pass gets the proof, and has its time to answer anew")
  func proves() {
    var join = joinWithPass(receiving: RelayJoinTests.question)
    #expect(join.bytesToSend.elementsEqual(RelayJoinTests.proof.line))
    #expect(join.hasProved && join.outcome == nil && join.deadline == at(18))
    for byte in "TINCAN/1 WAIT\n".utf8 { join.received(byte, now: at(9)) }
    #expect(join.isWaiting)
  }

  @Test("The question may come before the request is sent as a whole")
  func provesBehindTheRequest() {
    var join = RelayJoin(joining: RoomName("tea")!, prover: { _, _ in RelayJoinTests.proof }, now: at(0))
    join.sent(3)
    for byte in RelayJoinTests.question.utf8 { join.received(byte, now: at(0)) }
    let expected = Array("CAN/1 JOIN tea\n".utf8) + RelayJoinTests.proof.line
    #expect(join.bytesToSend.elementsEqual(expected))
  }

  @Test(
    "A question that comes twice, late or broken is no relay's",
    arguments: [
      question + question, "TINCAN/1 WAIT\n" + question, "TINCAN/1 AUTH\n", "TINCAN/1 AUTH \n",
      "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0OD\n", "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0ODx\n",
      "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0ODw more\n", "TINCAN/1 AUTH AAECAwQFBgcICQoLDA0OD+\n",
    ])
  func wrongQuestions(text: String) {
    #expect(joinWithPass(receiving: text).outcome == .notARelay)
  }

  @Test("Without a pass the question ends it, and nothing is sent")
  func noPass() {
    let join = self.join(receiving: RelayJoinTests.question)
    #expect(join.outcome == .passNeeded && join.bytesToSend.isEmpty)
  }

  @Test("Once it is paired, a question is the peer's")
  func questionOfThePeer() {
    #expect(joinWithPass(receiving: "TINCAN/1 PAIRED 1\n" + RelayJoinTests.question).outcome == .paired(.first))
  }

  @Test("A relay that sends nothing, or nothing more, is given up; one that sends WAIT is not")
  func silence() {
    var mute = join()
    mute.deadlinePassed(now: at(9))
    #expect(mute.outcome == nil)
    mute.deadlinePassed(now: at(10))
    #expect(mute.outcome == .silent)
    var waiting = join(receiving: "TINCAN/1 WAIT\n")
    #expect(waiting.isWaiting && waiting.deadline == at(90))
    for byte in "TINCAN/1 WAIT\n".utf8 { waiting.received(byte, now: at(60)) }
    waiting.deadlinePassed(now: at(90))
    #expect(waiting.outcome == nil && waiting.deadline == at(150))
    waiting.linkEnded()
    #expect(waiting.outcome == .ended)
  }

  @Test("Events after the end change nothing")
  func staysEnded() {
    var join = self.join(receiving: "TINCAN/1 PAIRED 1\n")
    join.linkEnded()
    join.received(UInt8(ascii: "x"), now: at(1))
    join.deadlinePassed(now: at(1000))
    #expect(join.outcome == .paired(.first))
  }

  @Test("Unguessable rooms have valid names, and all differ")
  func unguessable() {
    var dice = Dice(seed: 1)
    let rooms = (0..<1000).map { _ in RoomName.unguessable(using: &dice) }
    #expect(Set(rooms).count == 1000)
    #expect(rooms.allSatisfy { $0.text.utf8.count == 12 && RoomName($0.text) != nil })
  }
}
