import Basics
import Testing

@testable import ChatProtocol

/// A table of states. Each row is a state, each column an event, and a cell is the state that the event makes.
///
/// A state is written as `inbound-outbound`. Then follow:
/// - `leaving`: this end leaves;
/// - `input ended`: the input of an end that stays has ended;
/// - `first`: the peer ended before this end had begun to;
/// - `@` and the second of the deadline.
///
/// A state that is over is written as its ending. A cell of `=` is an event that changes nothing. The events that lead
/// to a row's state happen in second 0, and the event of the column in second 1. So a renewed deadline is one second
/// later.
private struct StateTable: Sendable, CustomTestStringConvertible {
  let party: Party
  let rows: String
  var testDescription: String { "\(party)" }
}

private let events: [PlainSessionState.Event] = [
  .inputEnded, .leave, .abandon, .endSent, .peerEnded, .sendFailed, .hungUp, .linkFailed, .progress, .expired,
]

// swift-format-ignore
private let tables = [
  StateTable(party: .person, rows: """
    state                           | inputEnded        | leave                      | abandon         | endSent                    | peerEnded                       | sendFailed             | hungUp        | linkFailed   | progress                        | expired
    open-open                       | open-draining @61 | open-draining leaving @6   | abandoned       | =                          | ended-draining leaving first @6 | open-broken @3         | broken        | broken       | =                               | =
    open-draining @60               | =                 | open-draining leaving @6   | abandoned       | open-halfClosed @11        | ended-draining @60              | open-broken @3         | broken        | broken       | open-draining @61               | notTaken
    open-draining leaving @5        | =                 | =                          | abandoned       | open-halfClosed leaving @3 | ended-draining leaving @5       | open-broken leaving @3 | broken        | broken       | open-draining leaving @6        | notTaken
    ended-draining @60              | =                 | ended-draining leaving @6  | abandoned       | goodbye                    | =                               | broken                 | goodbye       | broken       | ended-draining @61              | notTaken
    ended-draining leaving @5       | =                 | =                          | abandoned       | goodbye                    | =                               | broken                 | goodbye       | broken       | ended-draining leaving @6       | notTaken
    ended-draining leaving first @5 | =                 | =                          | abandoned first | goodbye first              | =                               | broken first           | goodbye first | broken first | ended-draining leaving first @6 | notTaken first
    open-halfClosed @10             | =                 | open-halfClosed leaving @3 | abandoned       | =                          | goodbye                         | =                      | broken        | broken       | open-halfClosed @11             | noPeerEnd
    open-halfClosed leaving @2      | =                 | =                          | abandoned       | =                          | goodbye                         | =                      | broken        | broken       | =                               | noPeerEnd
    open-broken @2                  | =                 | open-broken leaving @2     | abandoned       | =                          | broken                          | =                      | broken        | broken       | open-broken @3                  | broken
    open-broken leaving @2          | =                 | =                          | abandoned       | =                          | broken                          | =                      | broken        | broken       | open-broken leaving @3          | broken
    """),
  StateTable(party: .batch(stays: false), rows: """
    state                           | inputEnded               | leave                           | abandon         | endSent                    | peerEnded                 | sendFailed             | hungUp        | linkFailed   | progress                        | expired
    open-open                       | open-draining @61        | open-draining leaving @6        | abandoned       | =                          | ended-open first          | open-broken @3         | broken        | broken       | =                               | =
    open-draining @60               | =                        | open-draining leaving @6        | abandoned       | open-halfClosed @11        | ended-draining @60        | open-broken @3         | broken        | broken       | open-draining @61               | notTaken
    open-draining leaving @5        | =                        | =                               | abandoned       | open-halfClosed leaving @3 | ended-draining leaving @5 | open-broken leaving @3 | broken        | broken       | open-draining leaving @6        | notTaken
    ended-open first                | ended-draining first @61 | ended-draining leaving first @6 | abandoned first | =                          | =                         | broken first           | goodbye first | broken first | =                               | =
    ended-draining @60              | =                        | ended-draining leaving @6       | abandoned       | goodbye                    | =                         | broken                 | goodbye       | broken       | ended-draining @61              | notTaken
    ended-draining first @60        | =                        | ended-draining leaving first @6 | abandoned first | goodbye first              | =                         | broken first           | goodbye first | broken first | ended-draining first @61        | notTaken first
    ended-draining leaving @5       | =                        | =                               | abandoned       | goodbye                    | =                         | broken                 | goodbye       | broken       | ended-draining leaving @6       | notTaken
    ended-draining leaving first @5 | =                        | =                               | abandoned first | goodbye first              | =                         | broken first           | goodbye first | broken first | ended-draining leaving first @6 | notTaken first
    open-halfClosed @10             | =                        | open-halfClosed leaving @3      | abandoned       | =                          | goodbye                   | =                      | broken        | broken       | open-halfClosed @11             | noPeerEnd
    open-halfClosed leaving @2      | =                        | =                               | abandoned       | =                          | goodbye                   | =                      | broken        | broken       | =                               | noPeerEnd
    open-broken @2                  | =                        | open-broken leaving @2          | abandoned       | =                          | broken                    | =                      | broken        | broken       | open-broken @3                  | broken
    open-broken leaving @2          | =                        | =                               | abandoned       | =                          | broken                    | =                      | broken        | broken       | open-broken leaving @3          | broken
    """),
  StateTable(party: .batch(stays: true), rows: """
    state                           | inputEnded               | leave                           | abandon         | endSent                    | peerEnded                 | sendFailed             | hungUp        | linkFailed   | progress                        | expired
    open-open                       | open-open input ended           | open-draining leaving @6        | abandoned       | =                          | ended-open first          | open-broken @3         | broken        | broken       | =                               | =
    open-open input ended                  | =                        | open-draining leaving @6        | abandoned       | =                          | ended-draining first @61  | open-broken @3         | broken        | broken       | =                               | =
    open-draining leaving @5        | =                        | =                               | abandoned       | open-halfClosed leaving @3 | ended-draining leaving @5 | open-broken leaving @3 | broken        | broken       | open-draining leaving @6        | notTaken
    ended-open first                | ended-draining first @61 | ended-draining leaving first @6 | abandoned first | =                          | =                         | broken first           | goodbye first | broken first | =                               | =
    ended-draining first @60        | =                        | ended-draining leaving first @6 | abandoned first | goodbye first              | =                         | broken first           | goodbye first | broken first | ended-draining first @61        | notTaken first
    ended-draining leaving @5       | =                        | =                               | abandoned       | goodbye                    | =                         | broken                 | goodbye       | broken       | ended-draining leaving @6       | notTaken
    ended-draining leaving first @5 | =                        | =                               | abandoned first | goodbye first              | =                         | broken first           | goodbye first | broken first | ended-draining leaving first @6 | notTaken first
    open-halfClosed leaving @2      | =                        | =                               | abandoned       | =                          | goodbye                   | =                      | broken        | broken       | =                               | noPeerEnd
    open-broken @2                  | =                        | open-broken leaving @2          | abandoned       | =                          | broken                    | =                      | broken        | broken       | open-broken @3                  | broken
    open-broken leaving @2          | =                        | =                               | abandoned       | =                          | broken                    | =                      | broken        | broken       | open-broken leaving @3          | broken
    """),
]

private func second(_ number: Int) -> Instant { Instant(sinceOrigin: .seconds(number)) }

private func describe(_ state: PlainSessionState) -> String {
  let first = state.peerLeftFirst ? " first" : ""
  if let ending = state.ending { return "\(ending)\(first)" }
  let leaving = state.isLeaving ? " leaving" : ""
  let deadline = state.deadline.map { " @\(($0 - second(0)).components.seconds)" } ?? ""
  let inputEnded = state.outbound == .open && state.inputHasEnded ? " input ended" : ""
  return "\(state.inbound)-\(state.outbound)\(inputEnded)\(leaving)\(first)\(deadline)"
}

@Suite("A plain session, state by state and event by event")
struct PlainSessionStateTests {
  /// Every state that is not over and that events of second 0 can lead to.
  private func reachable(_ party: Party) -> [String: PlainSessionState] {
    var found: [String: PlainSessionState] = [:]
    var open = [PlainSessionState(party: party)]
    while let state = open.popLast() {
      guard state.ending == nil, found.updateValue(state, forKey: describe(state)) == nil else { continue }
      for event in events {
        var next = state
        next.handle(event, now: second(0))
        open.append(next)
      }
    }
    return found
  }

  @Test(
    "The table has every state that can be reached, and each event leads to the state in its cell", arguments: tables)
  fileprivate func wholeTable(_ table: StateTable) throws {
    let rows = cells(of: table.rows)
    #expect(rows[0] == ["state"] + events.map { "\($0)" })
    let states = reachable(table.party)
    #expect(Set(rows.dropFirst().map { $0[0] }) == Set(states.keys))
    for row in rows.dropFirst() {
      let before = try #require(states[row[0]])
      for (event, expected) in zip(events, row.dropFirst()) {
        var state = before
        state.handle(event, now: second(1))
        #expect(describe(state) == (expected == "=" ? row[0] : expected), "\(row[0]), then \(event)")
      }
    }
  }

  @Test(
    "Once it is over, nothing changes any more",
    arguments: [
      [.leave, .endSent, .peerEnded], [.leave, .endSent, .expired], [.leave, .expired], [.linkFailed],
    ] as [[PlainSessionState.Event]])
  func overIsOver(path: [PlainSessionState.Event]) {
    var state = PlainSessionState(party: .person)
    for event in path { state.handle(event, now: second(0)) }
    let ending = state.ending
    #expect(ending != nil)
    for event in events {
      state.handle(event, now: second(1))
      #expect(state.ending == ending)
      #expect(state.deadline == nil)
    }
  }

  // MARK: Deadlines, each against its limit

  private func state(_ party: Party, after path: [PlainSessionState.Event]) -> PlainSessionState {
    var state = PlainSessionState(party: party)
    for event in path { state.handle(event, now: second(100)) }
    return state
  }

  @Test(
    "Each wait is the one its limit names",
    arguments: [
      (.person, [], nil), (.batch(stays: false), [], nil), (.batch(stays: false), [.peerEnded], nil),
      (.person, [.leave], Limits.drainSilence), (.person, [.peerEnded], Limits.drainSilence),
      (.person, [.leave, .endSent], Limits.goodbyeWait), (.person, [.sendFailed], Limits.goodbyeWait),
      (.batch(stays: false), [.inputEnded], Limits.batchDrainSilence),
      (.batch(stays: false), [.inputEnded, .endSent], Limits.plainPeerEndWait),
      (.batch(stays: false), [.inputEnded, .leave], Limits.drainSilence),
      (.batch(stays: false), [.inputEnded, .endSent, .leave], Limits.goodbyeWait),
      (.batch(stays: true), [.inputEnded], nil), (.batch(stays: true), [.inputEnded, .endSent], nil),
      (.batch(stays: true), [.leave], Limits.drainSilence),
      (.batch(stays: true), [.sendFailed], Limits.goodbyeWait),
    ] as [(Party, [PlainSessionState.Event], Duration?)])
  func waits(party: Party, path: [PlainSessionState.Event], wait: Duration?) {
    #expect(state(party, after: path).deadline.map { $0 - second(100) } == wait)
  }

  @Test("Progress prolongs a drain, but never beyond its total")
  func drainTotal() throws {
    var state = state(.person, after: [.leave])
    var now = second(100)
    while now + .seconds(4) < second(100) + Limits.drainTotal {
      now = now + .seconds(4)
      state.handle(.progress, now: now)
      #expect(try #require(state.deadline) == min(now + Limits.drainSilence, second(100) + Limits.drainTotal))
    }
    #expect(state.deadline == second(100) + Limits.drainTotal)
    state.handle(.expired, now: second(100) + Limits.drainTotal)
    #expect(state.ending == .notTaken)
  }

  @Test("A second wish to leave does not prolong the drain")
  func leaveTwice() {
    var state = state(.person, after: [.leave])
    state.handle(.leave, now: second(103))
    #expect(state.deadline == second(100) + Limits.drainSilence)
  }

  @Test("A peer that goes on sending does not prolong the wait for its goodbye")
  func talkative() {
    var state = state(.person, after: [.leave, .endSent])
    state.handle(.progress, now: second(101))
    #expect(state.deadline == second(100) + Limits.goodbyeWait)
  }
}
