import Testing

@testable import ChatProtocol

@Suite("How two joined guests come apart")
struct SpliceTests {
  @Test("Every event in every state of a lane")
  func table() {
    // For each state, how to get there, and where each event leads.
    let paths: [(Splice.Lane, [Splice.Event])] = [
      (.open, []), (.draining, [.sourceEnded]), (.closed, [.sourceEnded, .drained]), (.broken, [.sinkBroke]),
    ]
    let table: [Splice.Lane: [Splice.Event: Splice.Lane]] = [
      .open: [.sourceEnded: .draining, .drained: .open, .sourceBroke: .broken, .sinkBroke: .broken],
      .draining: [.sourceEnded: .draining, .drained: .closed, .sourceBroke: .broken, .sinkBroke: .broken],
      .closed: [.sourceEnded: .closed, .drained: .closed, .sourceBroke: .closed, .sinkBroke: .closed],
      .broken: [.sourceEnded: .broken, .drained: .broken, .sourceBroke: .broken, .sinkBroke: .broken],
    ]
    for (state, path) in paths {
      for event in Splice.Event.allCases {
        for side in [Splice.Side.first, .second] {
          var splice = Splice()
          for step in path { _ = splice.handle(step, from: side) }
          #expect(splice.lane(from: side) == state)
          let action = splice.handle(event, from: side)
          #expect(splice.lane(from: side) == table[state]![event]!)
          #expect((action == .halfClose) == (state == .draining && event == .drained))
          // A source that broke takes nothing either: the lane to it is broken unless it was over.
          #expect(splice.lane(from: side.other) == (event == .sourceBroke ? .broken : .open) || state == .closed)
        }
      }
    }
  }

  @Test("It is over when both lanes are, and a goodbye only when both were closed")
  func endings() {
    let ways: [([Splice.Event], Splice.Lane)] = [
      ([], .open), ([.sourceEnded], .draining), ([.sourceEnded, .drained], .closed), ([.sinkBroke], .broken),
    ]
    for (one, first) in ways {
      for (other, second) in ways {
        var splice = Splice()
        for event in one { _ = splice.handle(event, from: .first) }
        for event in other { _ = splice.handle(event, from: .second) }
        let isOver = [Splice.Lane.closed, .broken].contains(first) && [.closed, .broken].contains(second)
        #expect((splice.ending != nil) == isOver)
        if isOver { #expect(splice.ending == (first == .closed && second == .closed ? .goodbye : .broken)) }
      }
    }
  }

  @Test("What a guest said before its sink's link broke is not read on; what the other had said is")
  func sinkBroke() {
    var splice = Splice()
    _ = splice.handle(.sinkBroke, from: .first)
    #expect(!splice.reads(from: .first))
    #expect(splice.reads(from: .second))
    #expect(splice.ending == nil)
    _ = splice.handle(.sourceEnded, from: .second)
    #expect(splice.handle(.drained, from: .second) == .halfClose)
    #expect(splice.ending == .broken)
  }
}
