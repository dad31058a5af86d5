import Basics
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Which guests are admitted")
struct AdmissionTests {
  private let here = NetworkAddress(ipv4: 1)
  private let there = NetworkAddress(ipv4: 2)

  private func admission(
    guests: Int = 0, waiting: Int = 0, perMinute: Int = 0, perSource: Int = 0, allPerSource: Int = 0
  ) -> Admission {
    Admission(
      .init(
        guests: guests, waiting: waiting, connectionsPerMinute: perMinute, withoutPartnerPerSource: perSource,
        guestsPerSource: allPerSource))
  }

  @Test("As many guests as there may be, and one when one has gone")
  func guests() {
    var admission = admission(guests: 2)
    #expect(admission.enter() == nil)
    #expect(admission.enter() == nil)
    #expect(admission.enter() == .tooManyGuests)
    admission.move(nil, from: .preamble, to: nil)
    #expect(admission.enter() == nil)
  }

  @Test("No guest may wait for one there would be no room for")
  func roomForPartners() {
    var admission = admission(guests: 4)
    for _ in 1...2 {
      #expect(admission.enter() == nil)
      #expect(admission.wait() == nil)
    }
    #expect(admission.enter() == nil)
    #expect(admission.wait() == .tooManyWaiting)
    admission.pair(nil, nil)
    #expect(admission.enter() == nil)
  }

  @Test("The last two may wait for each other though both are here already")
  func partnerIsHere() {
    var admission = admission(guests: 2)
    for _ in 1...2 { #expect(admission.enter() == nil) }
    #expect(admission.wait() == nil)
    admission.pair(nil, nil)
    #expect(admission.enter() == .tooManyGuests)
  }

  @Test("A minute's worth of tries may come at once; then one when its share of the minute is over")
  func rate() {
    var admission = admission(perMinute: 6)
    for _ in 1...6 { #expect(admission.enter(from: here, now: at(100)) == nil) }
    #expect(admission.enter(from: here, now: at(100)) == .tooOftenFromSource)
    #expect(admission.enter(from: there, now: at(100)) == nil)
    #expect(admission.enter(from: here, now: at(109)) == .tooOftenFromSource)
    #expect(admission.enter(from: here, now: at(110)) == nil)
    #expect(admission.enter(from: here, now: at(110)) == .tooOftenFromSource)
    for _ in 1...6 { #expect(admission.enter(from: here, now: at(200)) == nil) }
  }

  @Test("One source's guests without a partner are bounded, the paired are not counted")
  func perSource() {
    var admission = admission(perSource: 2)
    #expect(admission.enter(from: here) == nil)
    #expect(admission.wait(from: here) == nil)
    #expect(admission.enter(from: here) == nil)
    #expect(admission.enter(from: here) == .tooManyWithoutPartnerFromSource)
    #expect(admission.enter(from: there) == nil)
    admission.pair(here, here)
    #expect(admission.waiting == 0)
    #expect(admission.enter(from: here) == nil)
  }

  @Test("One source's guests are bounded, paired or not")
  func allPerSource() {
    var admission = admission(allPerSource: 2)
    #expect(admission.enter(from: here) == nil)
    #expect(admission.wait(from: here) == nil)
    #expect(admission.enter(from: here) == nil)
    admission.pair(here, here)
    #expect(admission.enter(from: here) == .tooManyGuestsFromSource)
    #expect(admission.enter(from: there) == nil)
    #expect(admission.enter() == nil)
    admission.move(here, from: .paired, to: nil)
    #expect(admission.enter(from: here) == nil)
  }

  @Test("A bound on a source holds for its /64, twice for its /56, four times for its /48")
  func nested() {
    /// An address in 2001:db8:<site>:<network>::/64.
    func address(_ site: UInt64, _ network: UInt64) -> NetworkAddress {
      NetworkAddress(high: 0x2001_0DB8 << 32 | site << 16 | network, low: 7)
    }
    var admission = admission(allPerSource: 2)
    for _ in 1...2 { #expect(admission.enter(from: address(1, 0)) == nil) }
    #expect(admission.enter(from: address(1, 0)) == .tooManyGuestsFromSource)
    for _ in 1...2 { #expect(admission.enter(from: address(1, 1)) == nil) }
    // The /56 has four.
    #expect(admission.enter(from: address(1, 2)) == .tooManyGuestsFromSource)
    for network in UInt64(0x100)...0x103 { #expect(admission.enter(from: address(1, network)) == nil) }
    // The /48 has eight.
    #expect(admission.enter(from: address(1, 0x200)) == .tooManyGuestsFromSource)
    #expect(admission.enter(from: address(2, 0)) == nil)

    var rate = self.admission(perMinute: 1)
    #expect((0..<10).count { rate.enter(from: address(1, $0 << 8)) == nil } == 4)
    var waiting = self.admission(perSource: 1)
    #expect((0..<10).count { waiting.enter(from: address(1, $0)) == nil } == 2)
  }

  @Test("A source without a guest and without a past is not remembered")
  func forgets() {
    var admission = admission(perSource: 2)
    for number in 0..<10_000 {
      let source = NetworkAddress(ipv4: UInt32(number))
      #expect(admission.enter(from: source) == nil)
      admission.move(source, from: .preamble, to: nil)
    }
    #expect(admission.networks == 0)
  }

  @Test("However many sources there are, few are remembered")
  func sourcesAreBounded() {
    var admission = admission(perMinute: 10)
    for number in 0..<(3 * RelayLimits.networksMax) {
      let source = NetworkAddress(ipv4: UInt32(number))
      #expect(admission.enter(from: source, now: at(number / 100_000)) == nil)
      admission.move(source, from: .preamble, to: nil)
    }
    #expect(admission.networks <= RelayLimits.networksMax + 1024)
    #expect(admission.guests == 0)
  }

  @Test("A bound on a source that is set later knows who is there already, and who leaves")
  func laterBounds() {
    var admission = Admission(.none)
    let source = NetworkAddress(ipv4: 7)
    for _ in 1...2 { #expect(admission.enter(from: source) == nil) }
    admission.bounds.guestsPerSource = 2
    #expect(admission.enter(from: source) == .tooManyGuestsFromSource)
    admission.move(source, from: .preamble, to: nil)
    #expect(admission.enter(from: source) == nil)
    for _ in 1...2 { admission.move(source, from: .preamble, to: nil) }
    #expect(admission.guests == 0 && admission.networks == 0)
  }
}

extension Admission {
  /// A guest arrives, and is counted if it is admitted.
  fileprivate mutating func enter(from source: NetworkAddress? = nil, now: Instant = at(0)) -> Refusal? {
    let refusal = admit(from: source, now: now)
    if refusal == nil { move(source, from: nil, to: .preamble) }
    return refusal
  }

  /// A guest asks to wait, and is counted if it may.
  fileprivate mutating func wait(from source: NetworkAddress? = nil) -> Refusal? {
    let refusal = refusalToWait
    if refusal == nil { move(source, from: .preamble, to: .waiting) }
    return refusal
  }

  fileprivate mutating func pair(_ first: NetworkAddress?, _ second: NetworkAddress?) {
    move(first, from: .waiting, to: .paired)
    move(second, from: .preamble, to: .paired)
  }
}
