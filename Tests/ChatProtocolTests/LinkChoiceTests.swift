import Testing

@testable import ChatProtocol

@Suite("Among the links to one peer both ends choose the same")
struct LinkChoiceTests {
  private func greeting(_ incarnation: UInt64, _ generation: UInt64) -> Greeting {
    Greeting(isPerson: true, name: nil, incarnation: Incarnation(incarnation), generation: generation)
  }

  /// A link on which the peer leads.
  private func led(by incarnation: UInt64, _ generation: UInt64) -> LinkChoice.Names {
    LinkChoice.Names(own: greeting(0xFF, 99), ownKey: 2, peer: greeting(incarnation, generation), peerKey: 1)
  }

  @Test("The generation is that of the lower key, and of the lower incarnation where one key is at both ends")
  func leading() {
    let (low, high) = (greeting(1, 10), greeting(2, 20))
    #expect(LinkChoice.Names(own: high, ownKey: 1, peer: low, peerKey: 2).generation == 20)
    #expect(LinkChoice.Names(own: low, ownKey: 2, peer: high, peerKey: 1).generation == 20)
    #expect(LinkChoice.Names(own: high, ownKey: 1, peer: low, peerKey: 1).generation == 10)
    #expect(LinkChoice.Names(own: low, ownKey: 1, peer: high, peerKey: 1).generation == 10)
  }

  @Test("The newer link of one opening is used, whether the older is up or not", arguments: [true, false])
  func newer(isLinked: Bool) {
    var choice = LinkChoice()
    #expect(choice.judge(led(by: 1, 5), isLinked: false) == .use)
    #expect(choice.judge(led(by: 1, 4), isLinked: isLinked) == .older)
    #expect(choice.judge(led(by: 1, 5), isLinked: isLinked) == .older)
    #expect(choice.judge(led(by: 1, 6), isLinked: isLinked) == .use)
  }

  @Test(
    "A generation from the future is a number like any other: the next honest link of that opening is the older",
    arguments: [7, UInt64(Int64.max), .max - 1, .max])
  func future(generation: UInt64) throws {
    let claimed = try Greeting(payload: greeting(1, generation).frame.dropFirst(Frame.headerBytes))
    #expect(claimed.generation == generation)
    for isLinked in [true, false] {
      var choice = LinkChoice()
      #expect(choice.judge(led(by: 1, 5), isLinked: false) == .use)
      let link = LinkChoice.Names(own: greeting(0xFF, 99), ownKey: 2, peer: claimed, peerKey: 1)
      #expect(choice.judge(link, isLinked: isLinked) == .use)
      #expect(choice.judge(led(by: 1, 6), isLinked: isLinked) == .older)
      #expect(choice.judge(link, isLinked: isLinked) == .older)
      // The opening has shut itself out. The next one of that peer comes in.
      #expect(choice.judge(led(by: 2, 1), isLinked: isLinked) == (isLinked ? .useInstead : .use))
    }
  }

  @Test("A generation from the future means nothing where the other end leads", arguments: [UInt64(7), .max])
  func futureOfTheLed(generation: UInt64) {
    var choice = LinkChoice()
    for own in UInt64(1)...3 {
      // The lower key, which leads, is this end's.
      let link = LinkChoice.Names(own: greeting(0xFF, own), ownKey: 1, peer: greeting(1, generation), peerKey: 2)
      #expect(link.generation == own)
      #expect(choice.judge(link, isLinked: own > 1) == .use)
    }
  }

  @Test("A new opening takes over, whatever its generation, and the linked one is told")
  func newOpening() {
    var choice = LinkChoice()
    #expect(choice.judge(led(by: 1, 5), isLinked: false) == .use)
    #expect(choice.judge(led(by: 2, 1), isLinked: true) == .useInstead)
    #expect(choice.judge(led(by: 3, 1), isLinked: false) == .use)
  }

  @Test("An earlier opening takes no link from a newer one, and may come while none is up")
  func earlierOpening() {
    var choice = LinkChoice()
    for opening in UInt64(1)...2 { _ = choice.judge(led(by: opening, 1), isLinked: opening > 1) }
    #expect(choice.judge(led(by: 1, 9), isLinked: true) == .takenOver)
    #expect(choice.judge(led(by: 1, 9), isLinked: false) == .use)
    // The newer one is still the newer.
    #expect(choice.judge(led(by: 2, 2), isLinked: true) == .useInstead)
    #expect(choice.judge(led(by: 1, 10), isLinked: true) == .takenOver)
  }

  @Test("Two that dial each other at once use the same link, in whatever order the greetings come")
  func bothDial() {
    let (ann, bob) = ([greeting(1, 1), greeting(1, 2)], [greeting(2, 2), greeting(2, 1)])
    for order in [[0, 1], [1, 0]] {
      for other in [[0, 1], [1, 0]] {
        var (annsChoice, bobsChoice) = (LinkChoice(), LinkChoice())
        var (annUses, bobUses) = (-1, -1)
        for link in order
        where annsChoice.judge(.init(own: ann[link], ownKey: 1, peer: bob[link], peerKey: 2), isLinked: true) != .older
        {
          annUses = link
        }
        for link in other
        where bobsChoice.judge(.init(own: bob[link], ownKey: 2, peer: ann[link], peerKey: 1), isLinked: true) != .older
        {
          bobUses = link
        }
        #expect(annUses == 1 && bobUses == 1)
      }
    }
  }

  @Test("Any number of openings is judged, and the oldest are forgotten")
  func manyOpenings() {
    var choice = LinkChoice()
    for opening in 1...UInt64(Limits.openingsKnownMax) + 1 { _ = choice.judge(led(by: opening, 1), isLinked: true) }
    #expect(choice.judge(led(by: 2, 2), isLinked: true) == .takenOver)
    #expect(choice.judge(led(by: 1, 2), isLinked: true) == .useInstead)
  }
}
