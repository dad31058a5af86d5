import Basics
import Testing

@testable import ChatProtocol

@Suite("A lingering close")
struct LingeringCloseTests {
  private typealias Event = LingeringClose.Event

  /// The point that a link has reached, as the tables name it.
  private enum State: CaseIterable { case sending, announcing, awaiting, endedEarly, over }

  private func at(_ milliseconds: Int) -> Instant { Instant(sinceOrigin: .milliseconds(milliseconds)) }

  private func made(_ awaited: LingeringClose.Awaited, _ state: State) -> LingeringClose {
    let bounds =
      switch awaited {
      case .peerEnd: LingeringClose.Bounds(total: .milliseconds(1000), discardBytesMax: 100)
      case .acknowledgement: LingeringClose.Bounds(silence: .milliseconds(1000))
      }
    var close = LingeringClose(awaiting: awaited, bounds, halfCloses: true, unsentBytes: 10, now: at(0))
    let events: [Event] =
      switch state {
      case .sending: []
      case .announcing: [.unsent(0)]
      case .awaiting: [.unsent(0), .halfClosed]
      case .endedEarly: [.peerEnded]
      case .over: [.broke]
      }
    for event in events { close.handle(event, now: at(0)) }
    return close
  }

  /// The answers of a machine: whether the half-close is owed, whether input is discarded, and the outcome.
  private struct Row: Equatable {
    var owes = false
    var discards = false
    var outcome: LingeringClose.Outcome?
    static func over(_ outcome: LingeringClose.Outcome) -> Row { Row(outcome: outcome) }
  }

  private func row(of close: LingeringClose) -> Row {
    Row(owes: close.owesHalfClose, discards: close.discardsReceived, outcome: close.outcome)
  }

  private func check(_ awaited: LingeringClose.Awaited, _ table: [State: [(Event, Row)]]) {
    for state in State.allCases {
      for (event, row) in table[state] ?? [] {
        var close = made(awaited, state)
        close.handle(event, now: at(event == .expired ? 1500 : 0))
        #expect(self.row(of: close) == row, "\(event) in \(state)")
        #expect((close.deadline == nil) == (close.outcome != nil), "\(event) in \(state)")
      }
    }
  }

  @Test("Every event in every state of a caller that is refused")
  func peerEnd() {
    let reading = Row(discards: true)
    check(
      .peerEnd,
      [
        .sending: [
          (.unsent(4), reading), (.unsent(0), Row(owes: true, discards: true)), (.discarded(100), reading),
          (.discarded(101), .over(.flooded)), (.peerEnded, Row()), (.broke, .over(.broken)),
          (.unacknowledged(0), reading), (.expired, .over(.notTaken)),
        ],
        .announcing: [
          (.halfClosed, reading), (.peerEnded, Row(owes: true)), (.broke, .over(.broken)),
          (.unacknowledged(3), Row(owes: true, discards: true)), (.expired, .over(.timedOut)),
        ],
        .awaiting: [
          (.peerEnded, .over(.closed)), (.discarded(101), .over(.flooded)), (.unacknowledged(0), reading),
          (.broke, .over(.broken)), (.expired, .over(.timedOut)),
        ],
        .endedEarly: [(.unsent(0), Row(owes: true)), (.expired, .over(.notTaken)), (.broke, .over(.broken))],
        .over: [
          (.unsent(0), .over(.broken)), (.halfClosed, .over(.broken)), (.discarded(101), .over(.broken)),
          (.peerEnded, .over(.broken)), (.expired, .over(.broken)),
        ],
      ])
  }

  @Test("Every event in every state of a link whose session is over")
  func acknowledgement() {
    check(
      .acknowledgement,
      [
        .sending: [
          (.unsent(4), Row()), (.unsent(0), Row(owes: true)), (.unacknowledged(0), Row()), (.peerEnded, Row()),
          (.broke, .over(.broken)), (.expired, .over(.notTaken)),
        ],
        .announcing: [(.halfClosed, Row()), (.unacknowledged(0), Row(owes: true)), (.expired, .over(.timedOut))],
        .awaiting: [
          (.unacknowledged(7), Row()), (.unacknowledged(0), .over(.closed)), (.peerEnded, Row()),
          (.broke, .over(.broken)), (.expired, .over(.timedOut)),
        ],
        .over: [(.unacknowledged(0), .over(.broken)), (.expired, .over(.broken))],
      ])
  }

  @Test("A peer that ended early is waited for only until this end is announced")
  func endsEarly() {
    var close = made(.peerEnd, .endedEarly)
    close.handle(.unsent(0), now: at(1))
    close.handle(.halfClosed, now: at(1))
    #expect(close.outcome == .closed)
  }

  @Test("Silence is measured from the last byte that moved, the whole time from the beginning")
  func bounds() {
    var close = made(.acknowledgement, .awaiting)
    close.handle(.unacknowledged(50), now: at(900))
    close.handle(.expired, now: at(1800))
    #expect(close.outcome == nil)
    close.handle(.unacknowledged(50), now: at(1800))
    close.handle(.expired, now: at(1899))
    #expect(close.outcome == nil)
    // Nothing moved for a second.
    close.handle(.expired, now: at(1900))
    #expect(close.outcome == .notTaken)

    // The bound for a peer that is to end covers the whole time, so bytes that it takes do not renew it.
    close = LingeringClose(
      awaiting: .peerEnd, .init(total: .milliseconds(1000)), halfCloses: true, unsentBytes: 10, now: at(0))
    close.handle(.unsent(5), now: at(999))
    close.handle(.discarded(1_000_000), now: at(999))
    close.handle(.expired, now: at(1000))
    #expect(close.outcome == .notTaken)
  }

  @Test("A byte handed to the kernel is progress; one that moves between the two counts is not counted twice")
  func progress() {
    var close = made(.acknowledgement, .sending)
    close.handle(.unacknowledged(5), now: at(0))
    close.handle(.unsent(6), now: at(800))
    close.handle(.unacknowledged(9), now: at(900))
    close.handle(.expired, now: at(1799))
    #expect(close.outcome == nil)
    close.handle(.expired, now: at(1800))
    #expect(close.outcome == .notTaken)
  }

  @Test("The kernel is asked at once, then after delays that double up to the longest")
  func asks() {
    var close = LingeringClose(
      awaiting: .acknowledgement,
      .init(silence: .seconds(60), checkDelay: .milliseconds(1), checkDelayMax: .milliseconds(4)),
      halfCloses: false, now: at(0))
    #expect(close.isAcknowledgementCheckDue(now: at(0)))
    var now = 0
    for delay in [1, 2, 4, 4, 4] {
      close.handle(.unacknowledged(10), now: at(now))
      #expect(close.deadline == at(now + delay))
      #expect(!close.isAcknowledgementCheckDue(now: at(now + delay - 1)))
      now += delay
      #expect(close.isAcknowledgementCheckDue(now: at(now)))
      close.handle(.expired, now: at(now))
      #expect(close.outcome == nil)
    }
    close.handle(.unacknowledged(0), now: at(now))
    #expect(close.outcome == .closed)
    #expect(!close.isAcknowledgementCheckDue(now: at(now + 1)))
  }

  @Test("The kernel is never asked about a refused caller")
  func asksNothing() {
    let close = made(.peerEnd, .awaiting)
    #expect(!close.isAcknowledgementCheckDue(now: at(1_000_000)))
    #expect(close.deadline == at(1000))
  }
}
