import Basics
import Testing

@testable import ChatProtocol

/// A table of states, as in the test of the plain session: each row is a state, each column an event, and a cell is the
/// state that the event makes. `=` is an event that changes nothing.
private struct StateTable: Sendable, CustomTestStringConvertible {
  let party: Party
  let peerIsPerson: Bool
  let rows: String
  var testDescription: String { "\(party) with a \(peerIsPerson ? "person" : "batch end")" }
}

private let events: [FramedSessionState.Event] = [
  .inputEnded, .leave, .abandon, .drained, .endSent, .peerFinished, .peerLeaves, .linkEnded, .linkFailed, .progress,
  .expired, .silent,
]

// swift-format-ignore
private let tables = [
  StateTable(party: .person, peerIsPerson: true, rows: """
    state                                     | inputEnded        | leave                               | abandon         | drained                        | endSent                       | peerFinished                        | peerLeaves                          | linkEnded                                 | linkFailed    | progress                        | expired                 | silent
    open-open                                 | open-draining @61 | open-draining leaving @6            | abandoned       | =                              | =                             | ended-draining leaving first @6     | ended-draining leaving first @6     | broken                                    | broken        | =                               | =                       | silent
    open-draining @60                         | =                 | open-draining leaving @6            | abandoned       | open-finished @3               | =                             | ended-draining @60                  | ended-draining leaving @6           | broken                                    | broken        | open-draining @61               | notTaken                | silent
    open-draining leaving @5                  | =                 | =                                   | abandoned       | open-finished leaving @3       | =                             | ended-draining leaving @5           | ended-draining leaving @5           | broken                                    | broken        | open-draining leaving @6        | notTaken                | silent
    ended-draining leaving first @5           | =                 | =                                   | abandoned first | ended-closing leaving first @3 | =                             | =                                   | =                                   | goodbye first                             | goodbye first | ended-draining leaving first @6 | notTaken first          | silent first
    open-finished @2                          | =                 | open-finished leaving @3            | abandoned       | =                              | =                             | ended-closing @3                    | ended-closing @3                    | noPeerEnd                                 | noPeerEnd     | =                               | open-closing @3         | silent
    ended-draining @60                        | =                 | ended-draining leaving @6           | abandoned       | ended-closing @3               | =                             | =                                   | =                                   | broken                                    | broken        | ended-draining @61              | notTaken                | silent
    ended-draining leaving @5                 | =                 | =                                   | abandoned       | ended-closing leaving @3       | =                             | =                                   | =                                   | goodbye                                   | goodbye       | ended-draining leaving @6       | notTaken                | silent
    open-finished leaving @2                  | =                 | =                                   | abandoned       | =                              | =                             | ended-closing leaving @3            | ended-closing leaving @3            | noPeerEnd                                 | noPeerEnd     | =                               | open-closing leaving @3 | silent
    ended-closing leaving first @2            | =                 | =                                   | abandoned first | =                              | ended-closed leaving first @2 | =                                   | =                                   | ended-closing leaving first link ended @2 | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing @2                          | =                 | ended-closing leaving @2            | abandoned       | =                              | ended-closed @2               | =                                   | =                                   | ended-closing link ended @2               | goodbye       | =                               | goodbye                 | goodbye
    open-closing @2                           | =                 | open-closing leaving @2             | abandoned       | =                              | open-closed @2                | ended-closing @2                    | ended-closing @2                    | open-closing link ended @2                | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closing leaving @2                  | =                 | =                                   | abandoned       | =                              | ended-closed leaving @2       | =                                   | =                                   | ended-closing leaving link ended @2       | goodbye       | =                               | goodbye                 | goodbye
    open-closing leaving @2                   | =                 | =                                   | abandoned       | =                              | open-closed leaving @2        | ended-closing leaving @2            | ended-closing leaving @2            | open-closing leaving link ended @2        | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closed leaving first @2             | =                 | =                                   | abandoned first | =                              | =                             | =                                   | =                                   | goodbye first                             | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing leaving first link ended @2 | =                 | =                                   | abandoned first | =                              | goodbye first                 | =                                   | =                                   | =                                         | goodbye first | =                               | goodbye first           | goodbye first
    ended-closed @2                           | =                 | ended-closed leaving @2             | abandoned       | =                              | =                             | =                                   | =                                   | goodbye                                   | goodbye       | =                               | goodbye                 | goodbye
    ended-closing link ended @2               | =                 | ended-closing leaving link ended @2 | abandoned       | =                              | goodbye                       | =                                   | =                                   | =                                         | goodbye       | =                               | goodbye                 | goodbye
    open-closed @2                            | =                 | open-closed leaving @2              | abandoned       | =                              | =                             | ended-closed @2                     | ended-closed @2                     | noPeerEnd                                 | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    open-closing link ended @2                | =                 | open-closing leaving link ended @2  | abandoned       | =                              | noPeerEnd                     | ended-closing link ended @2         | ended-closing link ended @2         | =                                         | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closed leaving @2                   | =                 | =                                   | abandoned       | =                              | =                             | =                                   | =                                   | goodbye                                   | goodbye       | =                               | goodbye                 | goodbye
    ended-closing leaving link ended @2       | =                 | =                                   | abandoned       | =                              | goodbye                       | =                                   | =                                   | =                                         | goodbye       | =                               | goodbye                 | goodbye
    open-closed leaving @2                    | =                 | =                                   | abandoned       | =                              | =                             | ended-closed leaving @2             | ended-closed leaving @2             | noPeerEnd                                 | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    open-closing leaving link ended @2        | =                 | =                                   | abandoned       | =                              | noPeerEnd                     | ended-closing leaving link ended @2 | ended-closing leaving link ended @2 | =                                         | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    """),
  StateTable(party: .batch(stays: false), peerIsPerson: false, rows: """
    state                                     | inputEnded               | leave                                     | abandon         | drained                        | endSent                       | peerFinished                        | peerLeaves                          | linkEnded                                 | linkFailed    | progress                        | expired                 | silent
    open-open                                 | open-draining @61        | open-draining leaving @6                  | abandoned       | =                              | =                             | ended-open first                    | ended-draining leaving first @6     | broken                                    | broken        | =                               | =                       | silent
    open-draining @60                         | =                        | open-draining leaving @6                  | abandoned       | open-finished                  | =                             | ended-draining @60                  | ended-draining leaving @6           | broken                                    | broken        | open-draining @61               | notTaken                | silent
    open-draining leaving @5                  | =                        | =                                         | abandoned       | open-finished leaving @3       | =                             | ended-draining leaving @5           | ended-draining leaving @5           | broken                                    | broken        | open-draining leaving @6        | notTaken                | silent
    ended-open first                          | ended-draining first @61 | ended-draining leaving first @6           | abandoned first | =                              | =                             | =                                   | =                                   | broken first                              | broken first  | =                               | =                       | silent first
    ended-draining leaving first @5           | =                        | =                                         | abandoned first | ended-closing leaving first @3 | =                             | =                                   | =                                   | goodbye first                             | goodbye first | ended-draining leaving first @6 | notTaken first          | silent first
    open-finished                             | =                        | open-finished leaving @3                  | abandoned       | =                              | =                             | ended-closing @3                    | ended-closing @3                    | broken                                    | broken        | =                               | open-closing @3         | silent
    ended-draining @60                        | =                        | ended-draining leaving @6                 | abandoned       | ended-closing @3               | =                             | =                                   | =                                   | broken                                    | broken        | ended-draining @61              | notTaken                | silent
    ended-draining leaving @5                 | =                        | =                                         | abandoned       | ended-closing leaving @3       | =                             | =                                   | =                                   | goodbye                                   | goodbye       | ended-draining leaving @6       | notTaken                | silent
    open-finished leaving @2                  | =                        | =                                         | abandoned       | =                              | =                             | ended-closing leaving @3            | ended-closing leaving @3            | noPeerEnd                                 | noPeerEnd     | =                               | open-closing leaving @3 | silent
    ended-draining first @60                  | =                        | ended-draining leaving first @6           | abandoned first | ended-closing first @3         | =                             | =                                   | =                                   | broken first                              | broken first  | ended-draining first @61        | notTaken first          | silent first
    ended-closing leaving first @2            | =                        | =                                         | abandoned first | =                              | ended-closed leaving first @2 | =                                   | =                                   | ended-closing leaving first link ended @2 | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing @2                          | =                        | ended-closing leaving @2                  | abandoned       | =                              | ended-closed @2               | =                                   | =                                   | ended-closing link ended @2               | goodbye       | =                               | goodbye                 | goodbye
    open-closing @2                           | =                        | open-closing leaving @2                   | abandoned       | =                              | open-closed @2                | ended-closing @2                    | ended-closing @2                    | open-closing link ended @2                | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closing leaving @2                  | =                        | =                                         | abandoned       | =                              | ended-closed leaving @2       | =                                   | =                                   | ended-closing leaving link ended @2       | goodbye       | =                               | goodbye                 | goodbye
    open-closing leaving @2                   | =                        | =                                         | abandoned       | =                              | open-closed leaving @2        | ended-closing leaving @2            | ended-closing leaving @2            | open-closing leaving link ended @2        | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closing first @2                    | =                        | ended-closing leaving first @2            | abandoned first | =                              | ended-closed first @2         | =                                   | =                                   | ended-closing first link ended @2         | goodbye first | =                               | goodbye first           | goodbye first
    ended-closed leaving first @2             | =                        | =                                         | abandoned first | =                              | =                             | =                                   | =                                   | goodbye first                             | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing leaving first link ended @2 | =                        | =                                         | abandoned first | =                              | goodbye first                 | =                                   | =                                   | =                                         | goodbye first | =                               | goodbye first           | goodbye first
    ended-closed @2                           | =                        | ended-closed leaving @2                   | abandoned       | =                              | =                             | =                                   | =                                   | goodbye                                   | goodbye       | =                               | goodbye                 | goodbye
    ended-closing link ended @2               | =                        | ended-closing leaving link ended @2       | abandoned       | =                              | goodbye                       | =                                   | =                                   | =                                         | goodbye       | =                               | goodbye                 | goodbye
    open-closed @2                            | =                        | open-closed leaving @2                    | abandoned       | =                              | =                             | ended-closed @2                     | ended-closed @2                     | noPeerEnd                                 | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    open-closing link ended @2                | =                        | open-closing leaving link ended @2        | abandoned       | =                              | noPeerEnd                     | ended-closing link ended @2         | ended-closing link ended @2         | =                                         | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closed leaving @2                   | =                        | =                                         | abandoned       | =                              | =                             | =                                   | =                                   | goodbye                                   | goodbye       | =                               | goodbye                 | goodbye
    ended-closing leaving link ended @2       | =                        | =                                         | abandoned       | =                              | goodbye                       | =                                   | =                                   | =                                         | goodbye       | =                               | goodbye                 | goodbye
    open-closed leaving @2                    | =                        | =                                         | abandoned       | =                              | =                             | ended-closed leaving @2             | ended-closed leaving @2             | noPeerEnd                                 | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    open-closing leaving link ended @2        | =                        | =                                         | abandoned       | =                              | noPeerEnd                     | ended-closing leaving link ended @2 | ended-closing leaving link ended @2 | =                                         | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closed first @2                     | =                        | ended-closed leaving first @2             | abandoned first | =                              | =                             | =                                   | =                                   | goodbye first                             | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing first link ended @2         | =                        | ended-closing leaving first link ended @2 | abandoned first | =                              | goodbye first                 | =                                   | =                                   | =                                         | goodbye first | =                               | goodbye first           | goodbye first
    """),
  StateTable(party: .batch(stays: true), peerIsPerson: false, rows: """
    state                                     | inputEnded               | leave                                     | abandon         | drained                        | endSent                       | peerFinished                        | peerLeaves                          | linkEnded                                 | linkFailed    | progress                        | expired                 | silent
    open-open                                 | open-open input ended    | open-draining leaving @6                  | abandoned       | =                              | =                             | ended-open first                    | ended-draining leaving first @6     | broken                                    | broken        | =                               | =                       | silent
    open-open input ended                     | =                        | open-draining leaving @6                  | abandoned       | =                              | =                             | ended-draining first @61            | ended-draining leaving first @6     | broken                                    | broken        | =                               | =                       | silent
    open-draining leaving @5                  | =                        | =                                         | abandoned       | open-finished leaving @3       | =                             | ended-draining leaving @5           | ended-draining leaving @5           | broken                                    | broken        | open-draining leaving @6        | notTaken                | silent
    ended-open first                          | ended-draining first @61 | ended-draining leaving first @6           | abandoned first | =                              | =                             | =                                   | =                                   | broken first                              | broken first  | =                               | =                       | silent first
    ended-draining leaving first @5           | =                        | =                                         | abandoned first | ended-closing leaving first @3 | =                             | =                                   | =                                   | goodbye first                             | goodbye first | ended-draining leaving first @6 | notTaken first          | silent first
    ended-draining first @60                  | =                        | ended-draining leaving first @6           | abandoned first | ended-closing first @3         | =                             | =                                   | =                                   | broken first                              | broken first  | ended-draining first @61        | notTaken first          | silent first
    open-finished leaving @2                  | =                        | =                                         | abandoned       | =                              | =                             | ended-closing leaving @3            | ended-closing leaving @3            | noPeerEnd                                 | noPeerEnd     | =                               | open-closing leaving @3 | silent
    ended-draining leaving @5                 | =                        | =                                         | abandoned       | ended-closing leaving @3       | =                             | =                                   | =                                   | goodbye                                   | goodbye       | ended-draining leaving @6       | notTaken                | silent
    ended-closing leaving first @2            | =                        | =                                         | abandoned first | =                              | ended-closed leaving first @2 | =                                   | =                                   | ended-closing leaving first link ended @2 | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing first @2                    | =                        | ended-closing leaving first @2            | abandoned first | =                              | ended-closed first @2         | =                                   | =                                   | ended-closing first link ended @2         | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing leaving @2                  | =                        | =                                         | abandoned       | =                              | ended-closed leaving @2       | =                                   | =                                   | ended-closing leaving link ended @2       | goodbye       | =                               | goodbye                 | goodbye
    open-closing leaving @2                   | =                        | =                                         | abandoned       | =                              | open-closed leaving @2        | ended-closing leaving @2            | ended-closing leaving @2            | open-closing leaving link ended @2        | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    ended-closed leaving first @2             | =                        | =                                         | abandoned first | =                              | =                             | =                                   | =                                   | goodbye first                             | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing leaving first link ended @2 | =                        | =                                         | abandoned first | =                              | goodbye first                 | =                                   | =                                   | =                                         | goodbye first | =                               | goodbye first           | goodbye first
    ended-closed first @2                     | =                        | ended-closed leaving first @2             | abandoned first | =                              | =                             | =                                   | =                                   | goodbye first                             | goodbye first | =                               | goodbye first           | goodbye first
    ended-closing first link ended @2         | =                        | ended-closing leaving first link ended @2 | abandoned first | =                              | goodbye first                 | =                                   | =                                   | =                                         | goodbye first | =                               | goodbye first           | goodbye first
    ended-closed leaving @2                   | =                        | =                                         | abandoned       | =                              | =                             | =                                   | =                                   | goodbye                                   | goodbye       | =                               | goodbye                 | goodbye
    ended-closing leaving link ended @2       | =                        | =                                         | abandoned       | =                              | goodbye                       | =                                   | =                                   | =                                         | goodbye       | =                               | goodbye                 | goodbye
    open-closed leaving @2                    | =                        | =                                         | abandoned       | =                              | =                             | ended-closed leaving @2             | ended-closed leaving @2             | noPeerEnd                                 | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    open-closing leaving link ended @2        | =                        | =                                         | abandoned       | =                              | noPeerEnd                     | ended-closing leaving link ended @2 | ended-closing leaving link ended @2 | =                                         | noPeerEnd     | =                               | noPeerEnd               | noPeerEnd
    """),
]

private func second(_ number: Int) -> Instant { Instant(sinceOrigin: .seconds(number)) }

private func describe(_ state: FramedSessionState) -> String {
  let first = state.peerLeftFirst ? " first" : ""
  if let ending = state.ending { return "\(ending)\(first)" }
  let leaving = state.isLeaving ? " leaving" : ""
  let deadline = state.deadline.map { " @\(($0 - second(0)).components.seconds)" } ?? ""
  let link = state.hasLinkEnded ? " link ended" : ""
  let inputEnded = state.outbound == .open && state.inputHasEnded ? " input ended" : ""
  return "\(state.inbound)-\(state.outbound)\(inputEnded)\(leaving)\(first)\(link)\(deadline)"
}

@Suite("A framed session, state by state and event by event")
struct FramedSessionStateTests {
  /// Every state that is not over and that events of second 0 can lead to.
  private func reachable(_ table: StateTable) -> [String: FramedSessionState] {
    var found: [String: FramedSessionState] = [:]
    var open = [FramedSessionState(party: table.party, peerIsPerson: table.peerIsPerson)]
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
    let states = reachable(table)
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

  @Test("Once it is over, nothing changes any more")
  func overIsOver() {
    var state = FramedSessionState(party: .person, peerIsPerson: true)
    state.handle(.silent, now: second(0))
    for event in events {
      state.handle(event, now: second(1))
      #expect(state.ending == .silent && state.deadline == nil)
    }
  }

  @Test("A batch end waits for another without a bound, and for a person briefly", arguments: [true, false])
  func waits(peerIsPerson: Bool) {
    var state = FramedSessionState(party: .batch(stays: false), peerIsPerson: peerIsPerson)
    state.handle(.inputEnded, now: second(0))
    #expect(state.deadline == second(0) + Limits.batchDrainSilence)
    state.handle(.drained, now: second(100))
    #expect(state.deadline == (peerIsPerson ? second(100) + Limits.goodbyeWait : nil))
  }

  @Test("Acknowledgements prolong a drain, but never beyond its total")
  func drainTotal() {
    var state = FramedSessionState(party: .person, peerIsPerson: true)
    state.handle(.leave, now: second(0))
    for moment in [4, 8, 12, 16, 19] { state.handle(.progress, now: second(moment)) }
    #expect(state.deadline == second(0) + Limits.drainTotal)
  }
}
