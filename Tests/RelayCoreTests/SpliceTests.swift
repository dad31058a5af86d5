import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("How a pair ends")
struct SpliceTests {
  /// The states that the lane from a side, and the one to it, come to by an event of that side; and whether its end
  /// is announced to the other.
  private struct Row {
    let from: Splice.Lane, to: Splice.Lane, isAnnounced: Bool
    init(_ from: Splice.Lane, _ to: Splice.Lane, announced: Bool = false) {
      (self.from, self.to, isAnnounced) = (from, to, announced)
    }
  }

  /// A splice whose lanes from and to `side` are as wanted.
  private func made(_ from: Splice.Lane, _ to: Splice.Lane, of side: PairPosition) -> Splice? {
    var splice = Splice()
    if from == .closed { _ = splice.handle(.ended, of: side) }
    if to == .closed { _ = splice.handle(.ended, of: side.other) }
    switch (from, to) {
    case (.broken, .broken): _ = splice.handle(.lost, of: side)
    // The other takes no more, or this one does not.
    case (.broken, _): _ = splice.handle(.takesNoMore, of: side.other)
    case (_, .broken): _ = splice.handle(.takesNoMore, of: side)
    default: break
    }
    return splice.lane(from: side) == from && splice.lane(from: side.other) == to ? splice : nil
  }

  @Test("Every event in every state of both lanes", arguments: [PairPosition.first, .second])
  func table(side: PairPosition) throws {
    let table: [LinkEvent: [[Splice.Lane]: Row]] = [
      .ended: [
        [.open, .open]: Row(.closed, .open, announced: true), [.open, .closed]: Row(.closed, .closed, announced: true),
        [.open, .broken]: Row(.closed, .broken, announced: true),
      ],
      .lost: [
        [.open, .open]: Row(.broken, .broken), [.open, .closed]: Row(.broken, .closed),
        [.open, .broken]: Row(.broken, .broken), [.closed, .open]: Row(.closed, .broken),
        [.broken, .open]: Row(.broken, .broken),
      ],
      .writeFailed: [
        [.open, .open]: Row(.open, .broken), [.closed, .open]: Row(.closed, .broken),
        [.broken, .open]: Row(.broken, .broken),
      ],
      .takesNoMore: [
        [.open, .open]: Row(.open, .broken), [.closed, .open]: Row(.closed, .broken),
        [.broken, .open]: Row(.broken, .broken),
      ],
      .hungUp: [[.closed, .open]: Row(.closed, .broken), [.broken, .open]: Row(.broken, .broken)],
    ]
    for event in LinkEvent.allCases {
      for from in [Splice.Lane.open, .closed, .broken] {
        for to in [Splice.Lane.open, .closed, .broken] {
          var splice = try #require(made(from, to, of: side), "\(from) \(to)")
          let row = table[event]![[from, to]] ?? Row(from, to)
          let isAnnounced = splice.handle(event, of: side)
          #expect(isAnnounced == row.isAnnounced, "\(event) in \(from), \(to)")
          #expect(splice.lane(from: side) == row.from, "\(event) in \(from), \(to)")
          #expect(splice.lane(from: side.other) == row.to, "\(event) in \(from), \(to)")
          #expect((splice.ending == nil) == (row.from == .open || row.to == .open))
        }
      }
    }
  }

  @Test("Two goodbyes are a goodbye, whatever the links do afterwards")
  func goodbye() {
    for event in LinkEvent.allCases {
      var splice = Splice()
      var announced: Bool
      announced = splice.handle(.ended, of: .first)
      #expect(announced)
      announced = splice.handle(.ended, of: .second)
      #expect(announced)
      announced = splice.handle(event, of: .second)
      #expect(!announced)
      #expect(splice.ending == .goodbye)
    }
  }

  @Test("The end of a link that was reset is no goodbye, since the kernel told of the reset before")
  func resetIsRemembered() {
    var splice = Splice()
    var announced: Bool
    announced = splice.handle(.writeFailed, of: .first)
    #expect(!announced)
    #expect(splice.reads(from: .first))
    announced = splice.handle(.ended, of: .first)
    #expect(!announced)
    #expect(splice.ending == .broken(intact: .second))
  }

  @Test("The end of a link that merely takes no more was announced before")
  func endBeforeBreak() {
    var splice = Splice()
    var announced: Bool
    announced = splice.handle(.takesNoMore, of: .first)
    #expect(!announced)
    announced = splice.handle(.ended, of: .first)
    #expect(announced)
    #expect(splice.ending == .broken(intact: .second))
  }

  @Test("That a link is over is remembered until nothing is left to be read from it")
  func hangUpIsRemembered() {
    var splice = Splice()
    var announced = splice.handle(.hungUp, of: .first)
    #expect(!announced)
    #expect(splice.reads(from: .first))
    // Its end came before; that it takes no more did not.
    announced = splice.handle(.ended, of: .first)
    #expect(announced)
    #expect(splice.ending == .broken(intact: .second))
  }

  @Test("A guest that is not dead is intact; of two that are dead, neither is")
  func intact() {
    var splice = Splice()
    _ = splice.handle(.takesNoMore, of: .second)
    #expect(splice.ending == nil)
    _ = splice.handle(.lost, of: .second)
    #expect(splice.ending == .broken(intact: .first))
    splice = Splice()
    _ = splice.handle(.takesNoMore, of: .second)
    _ = splice.handle(.lost, of: .first)
    #expect(splice.ending == .broken(intact: nil))
  }
}
