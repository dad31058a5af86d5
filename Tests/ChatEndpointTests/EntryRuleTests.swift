import ChatProtocol
import PeerSecurity
import Testing

@testable import ChatEndpoint

@Suite("Whom an end lets in")
struct EntryRuleTests {
  private static let own = Fingerprint(bytes: [UInt8](repeating: 9, count: 32))
  private static let peer = Fingerprint(bytes: [UInt8](repeating: 1, count: 32))
  private static let other = Fingerprint(bytes: [UInt8](repeating: 2, count: 32))

  /// The names of a link on which the peer leads.
  private static func names(_ incarnation: UInt64, _ generation: UInt64) -> LinkChoice.Names {
    let greetings = [(0xFF, 1), (incarnation, generation)].map {
      Greeting(isPerson: true, name: nil, incarnation: Incarnation($0.0), generation: $0.1)
    }
    return LinkChoice.Names(own: greetings[0], ownKey: own, peer: greetings[1], peerKey: peer)
  }

  /// A conversation that has had links of these openings, each with the generation 5.
  private static func rule(after openings: [UInt64], isLinked: Bool = true, orOthers: Bool = false) -> EntryRule {
    var choice = LinkChoice()
    for opening in openings { _ = choice.judge(names(opening, 5), isLinked: isLinked) }
    return .only(peer, choice, isLinked: isLinked, orOthers: orOthers)
  }

  @Test("is everybody before a conversation, its peer during one, and nobody after it")
  func keys() {
    for key in [Self.peer, Self.other, nil] {
      #expect(EntryRule.anybody.refusal(of: key) == nil)
      #expect(EntryRule.nobody.refusal(of: key) == .busyHere)
      #expect(Self.rule(after: [1], orOthers: true).refusal(of: key) == nil)
      #expect(Self.rule(after: [1]).refusal(of: key) == (key == Self.peer ? nil : .busyHere))
    }
  }

  @Test("is not somebody else who has greeted, unless the place is free")
  func others() {
    #expect(Self.rule(after: [1]).refusal(of: Self.other, Self.names(1, 9)) == .busyHere)
    #expect(Self.rule(after: [1], orOthers: true).refusal(of: Self.other, Self.names(1, 1)) == nil)
    #expect(EntryRule.nobody.refusal(of: Self.peer, Self.names(1, 9)) == .busyHere)
  }

  @Test("is the newer link of the same peer, and a newer opening of it", arguments: [true, false])
  func links(isLinked: Bool) {
    let rule = Self.rule(after: [1, 2], isLinked: isLinked)
    #expect(rule.refusal(of: Self.peer, Self.names(2, 5)) == .otherLink(.olderGeneration))
    #expect(rule.refusal(of: Self.peer, Self.names(2, 6)) == nil)
    #expect(rule.refusal(of: Self.peer, Self.names(3, 1)) == nil)
    #expect(rule.refusal(of: Self.peer, Self.names(1, 6)) == (isLinked ? .otherLink(.takenOver) : nil))
  }
}
