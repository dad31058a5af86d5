import ChatProtocol
import PeerSecurity
import Testing

@testable import ChatEndpoint

@Suite("Whom an end lets in")
struct EntryRuleTests {
  private static let low = Fingerprint(bytes: [UInt8](repeating: 1, count: 32))
  private static let high = Fingerprint(bytes: [UInt8](repeating: 2, count: 32))
  private static let other = Fingerprint(bytes: [UInt8](repeating: 3, count: 32))

  private func greeting(_ incarnation: UInt64, _ generation: UInt64) -> Greeting {
    Greeting(isPerson: true, name: nil, incarnation: Incarnation(incarnation), generation: generation)
  }

  /// A link as both of its ends see it: the peer of the end with the low key, and of the one with the high key.
  private func link(low: Greeting, high: Greeting) -> (atLow: ConversationPeer, atHigh: ConversationPeer) {
    let (one, two) = ((Self.low, low), (Self.high, high))
    return (ConversationPeer(own: one, peer: two), ConversationPeer(own: two, peer: one))
  }

  @Test("is everybody before a conversation, its peer during one, and nobody after it")
  func keys() {
    let peer = ConversationPeer(fingerprint: Self.low, incarnation: Incarnation(1), generation: 1)
    for key in [Self.low, Self.other, nil] {
      #expect(EntryRule.anybody.refusal(of: key) == nil)
      #expect(EntryRule.nobody.refusal(of: key) == .busyHere)
      #expect(EntryRule.only(peer, orOthers: true).refusal(of: key) == nil)
      #expect(EntryRule.only(peer, orOthers: false).refusal(of: key) == (key == Self.low ? nil : .busyHere))
    }
  }

  @Test("is the newer of two links of the same openings, the same one at both ends, however they count")
  func generations() {
    for counts in [(low: [4, 5], high: [9, 8]), (low: [4, 5], high: [8, 9]), (low: [7, 9], high: [3, 3])] {
      let links = [0, 1].map { index in
        link(low: greeting(70, UInt64(counts.low[index])), high: greeting(60, UInt64(counts.high[index])))
      }
      for (first, second) in [(links[0].atLow, links[1].atLow), (links[0].atHigh, links[1].atHigh)] {
        #expect(EntryRule.only(first, orOthers: false).refusal(of: second) == nil)
        #expect(EntryRule.only(second, orOthers: false).refusal(of: first) == .olderLink)
        #expect(EntryRule.only(first, orOthers: true).refusal(of: first) == .olderLink)
      }
    }
  }

  @Test("is decided by the opening where both ends have one key")
  func oneKey() {
    let (one, two) = (greeting(1, 7), greeting(2, 3))
    #expect(ConversationPeer(own: (Self.low, one), peer: (Self.low, two)).generation == 7)
    #expect(ConversationPeer(own: (Self.low, two), peer: (Self.low, one)).generation == 7)
  }

  @Test("is another opening of the peer, whatever it has counted")
  func openings() {
    let present = link(low: greeting(70, 9), high: greeting(60, 9))
    let next = link(low: greeting(71, 1), high: greeting(60, 10))
    #expect(EntryRule.only(present.atHigh, orOthers: false).refusal(of: next.atHigh) == nil)
    let ousted = link(low: greeting(70, 10), high: greeting(60, 11))
    #expect(EntryRule.only(next.atHigh, orOthers: false).refusal(of: ousted.atHigh) == nil)
  }

  @Test("is not somebody else who has greeted, unless the place is free")
  func others() {
    let peer = ConversationPeer(fingerprint: Self.low, incarnation: Incarnation(1), generation: 1)
    let comer = ConversationPeer(fingerprint: Self.other, incarnation: Incarnation(1), generation: 1)
    #expect(EntryRule.only(peer, orOthers: false).refusal(of: comer) == .busyHere)
    #expect(EntryRule.only(peer, orOthers: true).refusal(of: comer) == nil)
    #expect(EntryRule.nobody.refusal(of: peer) == .busyHere)
  }
}
