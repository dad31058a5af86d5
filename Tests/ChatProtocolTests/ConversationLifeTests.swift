import Basics
import Testing

@testable import ChatProtocol

/// Each row is a state, each column an event. A cell says which state that makes: `inbound-outbound`, then `leaving` when
/// somebody wants out, `said` when one who stays has said all, `first` when the peer ended before we had begun to, and `@` the second at which the deadline
/// is, or, once it is over, how it ended. All that led to a state happened in second 0, the event happens in second 1, so a deadline
/// that begins anew is one second later. `=` is an event that changes nothing; `+end` asks for the half-close.
private struct LifeTable: Sendable, CustomTestStringConvertible {
  let manner: ConversationLife.Manner
  let rows: String
  var testDescription: String { "\(manner)" }
}

private let events: [ConversationLife.Event] = [
  .inputUsedUp, .leave, .drained, .peerEnded, .sendBroke, .linkBroke, .progress, .expired,
]

// swift-format-ignore
private let tables = [
  LifeTable(manner: .person, rows: """
    state                          | inputUsedUp       | leave                      | drained                      | peerEnded                        | sendBroke              | linkBroke    | progress                         | expired
    open-open                      | open-draining @61 | open-draining leaving @6   | =                            | ended-draining leaving first @6  | open-broken @3         | broken       | =                                | =
    open-draining @60              | =                 | open-draining leaving @6   | open-halfClosed @11 +end     | ended-draining @60               | open-broken @3         | broken       | open-draining @61                | notTaken
    open-draining leaving @5       | =                 | =                          | open-halfClosed leaving @3 +end | ended-draining leaving @5     | open-broken leaving @3 | broken       | open-draining leaving @6         | notTaken
    ended-draining @60             | =                 | ended-draining leaving @6  | goodbye +end                 | =                                | broken                 | broken       | ended-draining @61               | notTaken
    ended-draining leaving @5      | =                 | =                          | goodbye +end                 | =                                | broken                 | broken       | ended-draining leaving @6        | notTaken
    ended-draining leaving first @5 | =                | =                          | goodbye first +end           | =                                | broken first           | broken first | ended-draining leaving first @6  | notTaken first
    open-halfClosed @10            | =                 | open-halfClosed leaving @3 | =                            | goodbye                          | =                      | broken       | open-halfClosed @11              | peerStayed
    open-halfClosed leaving @2     | =                 | =                          | =                            | goodbye                          | =                      | broken       | =                                | peerStayed
    open-broken @2                 | =                 | open-broken leaving @2     | =                            | broken                           | =                      | broken       | open-broken @3                   | broken
    open-broken leaving @2         | =                 | =                          | =                            | broken                           | =                      | broken       | open-broken leaving @3           | broken
    """),
  LifeTable(manner: .batch(stays: false), rows: """
    state                          | inputUsedUp              | leave                           | drained                         | peerEnded                 | sendBroke              | linkBroke    | progress                        | expired
    open-open                      | open-draining @61        | open-draining leaving @6        | =                               | ended-open first          | open-broken @3         | broken       | =                               | =
    open-draining @60              | =                        | open-draining leaving @6        | open-halfClosed @11 +end        | ended-draining @60        | open-broken @3         | broken       | open-draining @61               | notTaken
    open-draining leaving @5       | =                        | =                               | open-halfClosed leaving @3 +end | ended-draining leaving @5 | open-broken leaving @3 | broken       | open-draining leaving @6        | notTaken
    ended-open first               | ended-draining first @61 | ended-draining leaving first @6 | =                               | =                         | broken first           | broken first | =                               | =
    ended-draining @60             | =                        | ended-draining leaving @6       | goodbye +end                    | =                         | broken                 | broken       | ended-draining @61              | notTaken
    ended-draining first @60       | =                        | ended-draining leaving first @6 | goodbye first +end              | =                         | broken first           | broken first | ended-draining first @61        | notTaken first
    ended-draining leaving @5      | =                        | =                               | goodbye +end                    | =                         | broken                 | broken       | ended-draining leaving @6       | notTaken
    ended-draining leaving first @5 | =                       | =                               | goodbye first +end              | =                         | broken first           | broken first | ended-draining leaving first @6 | notTaken first
    open-halfClosed @10            | =                        | open-halfClosed leaving @3      | =                               | goodbye                   | =                      | broken       | open-halfClosed @11             | peerStayed
    open-halfClosed leaving @2     | =                        | =                               | =                               | goodbye                   | =                      | broken       | =                               | peerStayed
    open-broken @2                 | =                        | open-broken leaving @2          | =                               | broken                    | =                      | broken       | open-broken @3                  | broken
    open-broken leaving @2         | =                        | =                               | =                               | broken                    | =                      | broken       | open-broken leaving @3          | broken
    """),
  LifeTable(manner: .batch(stays: true), rows: """
    state                           | inputUsedUp              | leave                           | drained                         | peerEnded                 | sendBroke              | linkBroke    | progress                        | expired
    open-open                       | open-open said           | open-draining leaving @6        | =                               | ended-open first          | open-broken @3         | broken       | =                               | =
    open-open said                  | =                        | open-draining leaving @6        | =                               | ended-draining first @61  | open-broken @3         | broken       | =                               | =
    open-draining leaving @5        | =                        | =                               | open-halfClosed leaving @3 +end | ended-draining leaving @5 | open-broken leaving @3 | broken       | open-draining leaving @6        | notTaken
    ended-open first                | ended-draining first @61 | ended-draining leaving first @6 | =                               | =                         | broken first           | broken first | =                               | =
    ended-draining first @60        | =                        | ended-draining leaving first @6 | goodbye first +end              | =                         | broken first           | broken first | ended-draining first @61        | notTaken first
    ended-draining leaving @5       | =                        | =                               | goodbye +end                    | =                         | broken                 | broken       | ended-draining leaving @6       | notTaken
    ended-draining leaving first @5 | =                        | =                               | goodbye first +end              | =                         | broken first           | broken first | ended-draining leaving first @6 | notTaken first
    open-halfClosed leaving @2      | =                        | =                               | =                               | goodbye                   | =                      | broken       | =                               | peerStayed
    open-broken @2                  | =                        | open-broken leaving @2          | =                               | broken                    | =                      | broken       | open-broken @3                  | broken
    open-broken leaving @2          | =                        | =                               | =                               | broken                    | =                      | broken       | open-broken leaving @3          | broken
    """),
]

private func second(_ number: Int) -> Instant { Instant(sinceOrigin: .seconds(number)) }

private func describe(_ life: ConversationLife) -> String {
  let first = life.peerLeftFirst ? " first" : ""
  if let ending = life.ending { return "\(ending)\(first)" }
  let leaving = life.isLeaving ? " leaving" : ""
  let deadline = life.deadline.map { " @\(($0 - second(0)).components.seconds)" } ?? ""
  let said = life.outbound == .open && life.hasSaidAll ? " said" : ""
  return "\(life.inbound)-\(life.outbound)\(said)\(leaving)\(first)\(deadline)"
}

@Suite("The life of a conversation, state by state and event by event")
struct ConversationLifeTests {
  /// Every state that is not over and that events of second 0 can lead to.
  private func reachable(_ manner: ConversationLife.Manner) -> [String: ConversationLife] {
    var found: [String: ConversationLife] = [:]
    var open = [ConversationLife(manner: manner)]
    while let life = open.popLast() {
      guard life.ending == nil, found.updateValue(life, forKey: describe(life)) == nil else { continue }
      for event in events {
        var next = life
        _ = next.handle(event, now: second(0))
        open.append(next)
      }
    }
    return found
  }

  @Test("The table has every state that can be reached, and each event does there what it says", arguments: tables)
  fileprivate func wholeTable(_ table: LifeTable) throws {
    let rows = table.rows.split(separator: "\n").map { row in
      row.split(separator: "|").map { $0.trimmed }
    }
    #expect(rows[0] == ["state"] + events.map { "\($0)" })
    let states = reachable(table.manner)
    #expect(Set(rows.dropFirst().map { $0[0] }) == Set(states.keys))
    for row in rows.dropFirst() {
      let before = try #require(states[row[0]])
      for (event, expected) in zip(events, row.dropFirst()) {
        var life = before
        let action = life.handle(event, now: second(1))
        let after = describe(life) + (action == .halfClose ? " +end" : "")
        #expect(after == (expected == "=" ? row[0] : expected), "\(row[0]), then \(event)")
      }
    }
  }

  @Test(
    "Once it is over, nothing changes any more",
    arguments: [
      [.leave, .drained, .peerEnded], [.leave, .drained, .expired], [.leave, .expired], [.linkBroke],
    ] as [[ConversationLife.Event]])
  func overIsOver(path: [ConversationLife.Event]) {
    var life = ConversationLife(manner: .person)
    for event in path { _ = life.handle(event, now: second(0)) }
    let ending = life.ending
    #expect(ending != nil)
    for event in events {
      let action = life.handle(event, now: second(1))
      #expect(action == nil)
      #expect(life.ending == ending)
      #expect(life.deadline == nil)
      #expect(!life.acceptsText)
    }
  }

  @Test("Text is taken only while outbound is open and it is not over")
  func acceptsText() {
    for manner in [ConversationLife.Manner.person, .batch(stays: false), .batch(stays: true)] {
      for (name, life) in reachable(manner) {
        #expect(life.acceptsText == (name.hasPrefix("open-open") || name.hasPrefix("ended-open")), "\(name)")
      }
    }
  }

  // MARK: Deadlines, each against its limit

  private func life(_ manner: ConversationLife.Manner, after path: [ConversationLife.Event]) -> ConversationLife {
    var life = ConversationLife(manner: manner)
    for event in path { _ = life.handle(event, now: second(100)) }
    return life
  }

  @Test(
    "Each wait is the one its limit names",
    arguments: [
      (.person, [], nil), (.batch(stays: false), [], nil), (.batch(stays: false), [.peerEnded], nil),
      (.person, [.leave], Limits.drainSilence), (.person, [.peerEnded], Limits.drainSilence),
      (.person, [.leave, .drained], Limits.goodbyeWait), (.person, [.sendBroke], Limits.goodbyeWait),
      (.batch(stays: false), [.inputUsedUp], Limits.batchDrainSilence),
      (.batch(stays: false), [.inputUsedUp, .drained], Limits.batchRestSilence),
      (.batch(stays: false), [.inputUsedUp, .leave], Limits.drainSilence),
      (.batch(stays: false), [.inputUsedUp, .drained, .leave], Limits.goodbyeWait),
      (.batch(stays: true), [.inputUsedUp], nil), (.batch(stays: true), [.inputUsedUp, .drained], nil),
      (.batch(stays: true), [.leave], Limits.drainSilence),
      (.batch(stays: true), [.sendBroke], Limits.goodbyeWait),
    ] as [(ConversationLife.Manner, [ConversationLife.Event], Duration?)])
  func waits(manner: ConversationLife.Manner, path: [ConversationLife.Event], wait: Duration?) {
    #expect(life(manner, after: path).deadline.map { $0 - second(100) } == wait)
  }

  @Test("Bytes that move prolong a drain, but never beyond its total")
  func drainTotal() throws {
    var life = life(.person, after: [.leave])
    var now = second(100)
    while now + .seconds(4) < second(100) + Limits.drainTotal {
      now = now + .seconds(4)
      _ = life.handle(.progress, now: now)
      #expect(try #require(life.deadline) == min(now + Limits.drainSilence, second(100) + Limits.drainTotal))
    }
    #expect(life.deadline == second(100) + Limits.drainTotal)
    _ = life.handle(.expired, now: second(100) + Limits.drainTotal)
    #expect(life.ending == .notTaken)
  }

  @Test("Wanting out twice does not prolong the drain")
  func leaveTwice() {
    var life = life(.person, after: [.leave])
    _ = life.handle(.leave, now: second(103))
    #expect(life.deadline == second(100) + Limits.drainSilence)
  }

  @Test("The wait for a goodbye is not prolonged by a peer that goes on talking")
  func talkative() {
    var life = life(.person, after: [.leave, .drained])
    _ = life.handle(.progress, now: second(101))
    #expect(life.deadline == second(100) + Limits.goodbyeWait)
  }
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
