import Basics
import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("Who may come in")
struct AdmissionTests {
  private func at(_ seconds: Int) -> Instant { Instant(sinceOrigin: .seconds(seconds)) }
  private let here = Source(high: 0, low: 1)
  private let there = Source(high: 0, low: 2)

  private func admission(guests: Int = 0, waiting: Int = 0, perMinute: Int = 0, perSource: Int = 0) -> Admission {
    Admission(.init(guests: guests, waiting: waiting, joinsPerMinute: perMinute, waitingPerSource: perSource))
  }

  @Test("As many guests as there may be, and one when one has gone")
  func guests() {
    var admission = admission(guests: 2)
    #expect(admission.arrive(from: nil, now: at(0)) == nil)
    #expect(admission.arrive(from: nil, now: at(0)) == nil)
    #expect(admission.arrive(from: nil, now: at(0)) == .tooManyGuests)
    admission.depart(from: nil, as: .unpaired)
    #expect(admission.arrive(from: nil, now: at(0)) == nil)
  }

  @Test("Nobody may wait for whom there would be no room")
  func roomForPartners() {
    var admission = admission(guests: 4)
    for _ in 1...2 {
      #expect(admission.arrive(from: nil, now: at(0)) == nil)
      #expect(admission.wait() == nil)
    }
    #expect(admission.arrive(from: nil, now: at(0)) == nil)
    #expect(admission.wait() == .tooManyWaiting)
    admission.pair(nil, nil)
    #expect(admission.arrive(from: nil, now: at(0)) == nil)
  }

  @Test("The last two may wait for each other though both are here already")
  func partnerIsHere() {
    var admission = admission(guests: 2)
    for _ in 1...2 { #expect(admission.arrive(from: nil, now: at(0)) == nil) }
    #expect(admission.wait() == nil)
    admission.pair(nil, nil)
    #expect(admission.arrive(from: nil, now: at(0)) == .tooManyGuests)
  }

  @Test("A minute's worth of tries may come at once; then one when its share of the minute is over")
  func rate() {
    var admission = admission(perMinute: 6)
    for _ in 1...6 { #expect(admission.arrive(from: here, now: at(100)) == nil) }
    #expect(admission.arrive(from: here, now: at(100)) == .tooOftenFromSource)
    #expect(admission.arrive(from: there, now: at(100)) == nil)
    #expect(admission.arrive(from: here, now: at(109)) == .tooOftenFromSource)
    #expect(admission.arrive(from: here, now: at(110)) == nil)
    #expect(admission.arrive(from: here, now: at(110)) == .tooOftenFromSource)
    for _ in 1...6 { #expect(admission.arrive(from: here, now: at(200)) == nil) }
  }

  @Test("One source's guests without a partner are bounded, the paired are not counted")
  func perSource() {
    var admission = admission(perSource: 2)
    #expect(admission.arrive(from: here, now: at(0)) == nil)
    #expect(admission.wait() == nil)
    #expect(admission.arrive(from: here, now: at(0)) == nil)
    #expect(admission.arrive(from: here, now: at(0)) == .tooManyFromSource)
    #expect(admission.arrive(from: there, now: at(0)) == nil)
    admission.pair(here, here)
    #expect(admission.waiting == 0)
    #expect(admission.arrive(from: here, now: at(0)) == nil)
  }

  @Test("A source without a guest and without a past is not remembered")
  func forgets() {
    var admission = admission(perSource: 2)
    for number in 0..<10_000 {
      let source = Source(high: UInt64(number), low: 0)
      #expect(admission.arrive(from: source, now: at(0)) == nil)
      admission.depart(from: source, as: .unpaired)
    }
    #expect(admission.sources == 0)
  }

  @Test("However many sources there are, few are remembered")
  func sourcesAreBounded() {
    var admission = admission(perMinute: 10)
    for number in 0..<(3 * RelayLimits.sourcesMax) {
      let source = Source(high: UInt64(number), low: 0)
      _ = admission.arrive(from: source, now: at(number / 100_000))
      admission.depart(from: source, as: .unpaired)
    }
    #expect(admission.sources <= RelayLimits.sourcesMax + 1024)
    #expect(admission.guests == 0)
  }
}
