import Basics
import ChatProtocol
import Sockets
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("Limits on pairs, on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayPairLimitsTests {
  @Test("A pair with a rate loses nothing, takes its time, and says so")
  func rate() throws {
    let relay = try RunningRelay(limits: PairLimits(bytesPerSecond: 400_000))
    let (first, second) = try relay.pair("tea")
    let bytes = [UInt8](repeating: 1, count: 300_000)
    let start = MonotonicClock.now()
    // Both directions share the rate: 600,000 bytes take half a second beyond the first.
    try first.send(bytes[...])
    #expect(try second.swallow(bytes.count) == bytes.count)
    try second.send(bytes[...])
    #expect(try first.swallow(bytes.count) == bytes.count)
    #expect(MonotonicClock.now() - start >= .milliseconds(499))
    #expect(try relay.metric("rate_pauses_total") > 0)
    first.halfClose()
    try second.expectEnd()
    second.halfClose()
    try relay.expectMetric("pairs_ended_total{how=\"goodbye\"}", 1)
  }

  @Test("Two who both send without end share the rate, also when one sends in small pieces", arguments: [false, true])
  func shares(inPieces: Bool) throws {
    let relay = try RunningRelay(limits: PairLimits(bytesPerSecond: 200_000))
    let (first, second) = try relay.pair("tea")
    let bytes = [UInt8](repeating: 1, count: 64 << 10)
    var pieceAt = MonotonicClock.now()
    func sendOfFirst() throws {
      if inPieces {
        guard MonotonicClock.now() >= pieceAt else { return }
        pieceAt = MonotonicClock.now() + .milliseconds(5)
      }
      // So the pieces are a little more than the rate.
      _ = try first.sendSome(inPieces ? bytes[..<1200] : bytes[...])
    }
    func carry(_ count: Int) throws -> (ofFirst: Int, ofSecond: Int) {
      var (ofFirst, ofSecond) = (0, 0)
      while ofFirst + ofSecond < count {
        try sendOfFirst()
        _ = try second.sendSome(bytes[...])
        try first.waitToRead(or: second, atMost: .milliseconds(1))
        ofSecond += try first.take()
        ofFirst += try second.take()
      }
      return (ofFirst, ofSecond)
    }
    // The first second's worth may all go to one of them. The steps after it do not.
    _ = try carry(300_000)
    let shares = try carry(300_000)
    #expect(min(shares.ofFirst, shares.ofSecond) > 100_000, "\(shares)")
  }

  @Test("A pair may carry what it may exactly, and is reset beyond")
  func bytes() throws {
    let relay = try RunningRelay(limits: PairLimits(bytes: 10))
    for (text, how) in [("hello", "goodbye"), ("hello!", "too_many_bytes")] {
      let (first, second) = try relay.pair("tea")
      try first.send("HELLO")
      try second.expect("HELLO")
      try second.send(text)
      if how == "goodbye" {
        try first.expect(text)
        first.halfClose()
        second.halfClose()
        try first.expectEnd()
      } else {
        try first.expectReset()
        try second.expectReset()
      }
      try relay.expectMetric("pairs_ended_total{how=\"\(how)\"}", 1)
    }
  }

  @Test("Idle, half-closed and long pairs are reset, each for its reason")
  func times() throws {
    let time = Duration.milliseconds(200)
    for (limits, how) in [
      (PairLimits(idle: time), "idle"), (PairLimits(halfClosed: time), "half_closed"),
      (PairLimits(length: time), "too_long"),
    ] {
      let relay = try RunningRelay(threads: 2, limits: limits)
      let (first, second) = try relay.pair("tea")
      if how == "half_closed" {
        first.halfClose()
        try second.expectEnd()
      }
      try first.expectReset()
      try relay.expectMetric("pairs_ended_total{how=\"\(how)\"}", 1)
      try relay.expectMetric("guests", 0)
    }
  }
}
