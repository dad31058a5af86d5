import Basics
import Testing

@testable import RelayCore

@Suite("How a relay ends")
struct RelayEndingTests {
  @Test("The first request drains, whoever asks; the end of its time stops", arguments: RelayEnding.Request.allCases)
  func drains(request: RelayEnding.Request) {
    var ending = RelayEnding(drainTime: .seconds(60))
    #expect(!ending.isEnding && ending.deadline == nil)
    #expect(ending.handle(request, now: at(5)) == .drain)
    #expect(ending.isEnding && ending.deadline == at(65))
    #expect(ending.expire(now: at(64)) == nil)
    #expect(ending.expire(now: at(65)) == .stop(reason: "the time to drain is over"))
    #expect(ending.deadline == nil)
    #expect(ending.expire(now: at(66)) == nil)
    for request in RelayEnding.Request.allCases { #expect(ending.handle(request, now: at(99)) == nil) }
  }

  @Test("With a delay its end is announced first, and a second request still ends it at once")
  func delays() {
    let again = RelayEnding.Order.stop(reason: "asked to end a second time")
    for request in RelayEnding.Request.allCases {
      var ending = RelayEnding(drainDelay: .seconds(5), drainTime: .seconds(60))
      #expect(ending.handle(request, now: at(5)) == .announce)
      #expect(ending.isEnding && !ending.isDraining && ending.deadline == at(10))
      #expect(ending.handle(.terminate, now: at(6)) == nil)
      var impatient = ending
      #expect(impatient.handle(.interrupt, now: at(6)) == again)
      impatient = ending
      #expect(impatient.handle(.terminate, now: at(7)) == again)
      #expect(ending.expire(now: at(9)) == nil)
      #expect(ending.expire(now: at(10)) == .drain)
      #expect(ending.isDraining && ending.deadline == at(70))
      #expect(ending.handle(.terminate, now: at(10)) == again)
    }
  }

  @Test("A second request of a service manager within two seconds is an echo; later it stops")
  func echoes() {
    for first in RelayEnding.Request.allCases {
      var ending = RelayEnding(drainTime: .seconds(60))
      #expect(ending.handle(first, now: at(5)) == .drain)
      #expect(ending.handle(.terminate, now: at(5)) == nil)
      #expect(ending.handle(.terminate, now: at(6)) == nil)
      #expect(ending.handle(.terminate, now: at(7)) == .stop(reason: "asked to end a second time"))
    }
  }

  @Test("A second request of a person stops at once")
  func impatience() {
    for first in RelayEnding.Request.allCases {
      var ending = RelayEnding(drainTime: .seconds(60))
      #expect(ending.handle(first, now: at(5)) == .drain)
      #expect(ending.handle(.interrupt, now: at(5)) == .stop(reason: "asked to end a second time"))
    }
  }
}
