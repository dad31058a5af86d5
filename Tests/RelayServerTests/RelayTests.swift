import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("A relay on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayTests {
  @Test("Two of one room talk, a half-close is carried across, and both ends are a goodbye", arguments: [1, 3])
  func talk(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (first, second) = try relay.pair("tea")
    try first.send("hello\n")
    try second.expect("hello\n")
    try second.send("hello yourself\n")
    try first.expect("hello yourself\n")
    first.halfClose()
    try second.expectEnd()
    try second.send("still here\n")
    second.halfClose()
    #expect(try first.rest() == "still here\n")
    try relay.expectMetric("guests", 0)
    #expect(try relay.metric("pairs_ended_total{how=\"goodbye\"}") == 1)
  }

  @Test("Rooms live on threads of their own, and all their pairs meet")
  func manyRooms() throws {
    let relay = try RunningRelay(threads: 4)
    let firsts = try (0..<64).map { try relay.guest(joining: "room-\($0)") }
    for first in firsts { try first.expect("TINCAN/1 WAIT\n") }
    let seconds = try (0..<64).map { try relay.guest(joining: "room-\($0)") }
    for (number, (first, second)) in zip(firsts, seconds).enumerated() {
      try second.expect("TINCAN/1 PAIRED 2\n")
      try first.expect("TINCAN/1 PAIRED 1\n")
      try first.send("\(number)\n")
      try second.expect("\(number)\n")
    }
    #expect(try relay.metric("pairs") == 64)
  }

  @Test("Guests that change threads while others leave and take their slots meet only their own partners")
  func slotsAreReused() throws {
    let relay = try RunningRelay(threads: 2)
    for round in 0..<40 {
      // Half of the rooms live on the other thread than their guests come to; each third guest leaves at once.
      let firsts = try (0..<12).map { try relay.guest(joining: "room-\(round)-\($0)") }
      for number in stride(from: 0, to: 12, by: 3) { firsts[number].reset() }
      for first in firsts where firsts.firstIndex(where: { $0 === first })! % 3 != 0 {
        try first.expect("TINCAN/1 WAIT\n")
      }
      for number in 0..<12 where number % 3 != 0 {
        let second = try relay.guest(joining: "room-\(round)-\(number)")
        try second.expect("TINCAN/1 PAIRED 2\n")
        try firsts[number].expect("TINCAN/1 PAIRED 1\n")
        try second.send("\(round) \(number)\n")
        try firsts[number].expect("\(round) \(number)\n")
        if number % 2 == 0 { second.reset() } else { second.close() }
      }
    }
    try relay.expectMetric("guests", 0)
  }

  @Test("A third is refused for as long as either of two is there, and let in then")
  func third() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let third = try relay.guest(joining: "tea")
    #expect(try third.rest() == "TINCAN/1 ERROR full two are in that room already\n")
    first.close()
    second.close()
    try relay.expectMetric("guests", 0)
    try relay.guest(joining: "tea").expect("TINCAN/1 WAIT\n")
  }

  @Test(
    "A guest that returns with its side takes its place again, and its partner is reset to join again",
    arguments: [1, 3])
  func returns(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (mine, other) = ("tea AAAAAAAAAAAAAAAAAAAAAA", "tea QQQQQQQQQQQQQQQQQQQQQQ")
    let ghost = try relay.guest(joining: mine)
    try ghost.expect("TINCAN/1 WAIT\n")
    let first = try relay.guest(joining: mine)
    try first.expect("TINCAN/1 WAIT\n")
    try ghost.expectReset()
    let second = try relay.guest(joining: other)
    try second.expect("TINCAN/1 PAIRED 2\n")
    try first.expect("TINCAN/1 PAIRED 1\n")
    try first.send("before\n")
    try second.expect("before\n")
    let returned = try relay.guest(joining: mine)
    try returned.expect("TINCAN/1 WAIT\n")
    try first.expectReset()
    try second.expectReset()
    try relay.guest(joining: other).expect("TINCAN/1 PAIRED 2\n")
    try returned.expect("TINCAN/1 PAIRED 1\n")
    #expect(try relay.guest(joining: "tea").rest().hasPrefix("TINCAN/1 ERROR full "))
  }

  @Test("A reset is passed on as a reset, after what was sent before it")
  func reset() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    try first.send("last words\n")
    try second.expect("last words\n")
    first.reset()
    try second.expectReset()
    try relay.expectMetric("guests", 0)
    try relay.expectMetric("lingering", 0)
    #expect(try relay.metric("pairs_ended_total{how=\"broken\"}") == 1)
  }

  @Test("What one sent before it vanished is still received by one who reads late")
  func lateReader() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let text = [UInt8](repeating: 7, count: 100_000)
    try first.send(text[...])
    // The other's words were not read, so closing resets.
    try second.send("unheard\n")
    try relay.expectMetric("bytes_total", 100_008)
    first.close()
    #expect(try second.swallow(100_000) == 700_000)
    try second.expectReset()
  }

  @Test("Who says goodbye second, before all was taken, still gets every byte and the end", arguments: [1, 2])
  func slowGoodbye(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let (first, second) = try relay.pairWithLateReader(bytes: 500_000)
    first.halfClose()
    // Asked of the first thread after it has seen that end, so that with one thread the second end finds the first
    // announced.
    _ = try relay.metric("guests")
    try second.send("and goodbye\n")
    second.halfClose()
    #expect(try first.rest() == "and goodbye\n")
    try relay.expectMetric("pairs_ended_total{how=\"goodbye\"}", 1)
    #expect(try second.swallow(500_000) == 500_000)
    try second.expectEnd()
  }

  @Test("A survivor that says goodbye itself still gets every byte before its reset")
  func survivorSaysGoodbye() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pairWithLateReader(bytes: 300_000)
    first.halfClose()
    first.reset()
    try second.send("nobody hears this\n")
    try relay.expectMetric("pairs_ended_total{how=\"broken\"}", 1)
    second.halfClose()
    #expect(try second.swallow(300_000) == 300_000)
  }

  @Test("A reset is no goodbye for one who was just speaking either")
  func resetWhileSpokenTo() throws {
    let relay = try RunningRelay()
    let text = [UInt8](repeating: 1, count: 64 << 10)
    for round in 1...40 {
      let (first, second) = try relay.pair("tea-\(round)")
      _ = try second.sendSome(text[...])
      first.reset()
      // A reset is told once: by this, or by what is read.
      do { _ = try second.sendSome(text[...]) } catch is SystemError { continue }
      try second.expectReset()
    }
  }

  @Test("Who was sent WAIT or PAIRED as it broke off is not announced to have ended")
  func resetBeforePaired() throws {
    let relay = try RunningRelay()
    for round in 1...40 {
      let first = try relay.guest(joining: "tea-\(round)")
      try first.expect("TINCAN/1 WAIT\n")
      let second = try TestGuest(port: relay.port)
      // Either order of the two events is met in some rounds.
      if round % 2 == 0 { first.reset() }
      try second.send("TINCAN/1 JOIN tea-\(round)\n")
      if round % 2 == 1 { first.reset() }
      do {
        try second.expect("TINCAN/1 PAIRED 2\n")
      } catch TestGuest.Failure.unexpected(let received) {
        // It was found out before.
        #expect(received == "TINCAN/1 WAIT\n")
        continue
      }
      try second.expectReset()
    }
  }

  @Test("Strangers who are told to go, however many, cost a late reader nothing")
  func strangersAndLateReader() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pairWithLateReader(bytes: 200_000)
    first.reset()
    try relay.expectMetric("pairs_ended_total{how=\"broken\"}", 1)
    var strangers: [TestGuest] = []
    for _ in 1...RelayLimits.refusedMax + 8 {
      strangers.append(try TestGuest(port: relay.port))
      try strangers.last!.send("hello\n")
    }
    try relay.expectMetric("refusals_total{word=\"syntax\",reason=\"not_a_join\"}", strangers.count)
    #expect(try second.swallow(200_000) == 200_000)
    try second.expectReset()
  }

  @Test("An urgent byte comes in its place, and what follows it does not wait")
  func urgent() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    try first.send("abc")
    first.sendUrgently(UInt8(ascii: "!"))
    try first.send("def")
    try second.expect("abc!def")
  }

  @Test("A writer stands still while its reader does, within bounds, and nothing is lost")
  func slowReader() throws {
    let relay = try RunningRelay()
    let (first, second) = try relay.pair("tea")
    let text = [UInt8](repeating: 1, count: 64 << 10)
    // Until nothing is taken, something is parked, and two looks at the relay's counters show the same.
    var (sent, before) = (0, -1)
    while true {
      let taken = try first.sendSome(text[...])
      sent += taken
      if taken > 0 { continue }
      let carried = try relay.metric("bytes_total")
      if try carried == before && relay.metric("parked_bytes") > 0 { break }
      before = carried
    }
    let parked = try relay.metric("parked_bytes")
    #expect(parked > 0 && parked <= RelayLimits.readBytesMax)
    // Another pair is not disturbed.
    let (third, fourth) = try relay.pair("coffee")
    try third.send("quick\n")
    try fourth.expect("quick\n")
    #expect(try second.swallow(sent) == sent)
    try relay.expectMetric("parked_bytes", 0)
    first.halfClose()
    try second.expectEnd()
  }

  @Test("Plain connections are joined in the order they come, and what was sent before is received")
  func plain() throws {
    let relay = try RunningRelay()
    let first = try TestGuest(port: relay.plainPort)
    try first.send("anybody there?\n")
    try relay.expectMetric("waiting", 1)
    let second = try TestGuest(port: relay.plainPort)
    try second.expect("anybody there?\n")
    try second.send("yes\n")
    try first.expect("yes\n")
  }

  @Test("A plain connection that ends without a word is nobody's partner")
  func plainLeaves() throws {
    let relay = try RunningRelay()
    let gone = try TestGuest(port: relay.plainPort)
    try relay.expectMetric("waiting", 1)
    gone.close()
    try relay.expectMetric("guests", 0)
    let first = try TestGuest(port: relay.plainPort)
    let second = try TestGuest(port: relay.plainPort)
    try first.send("hello\n")
    try second.expect("hello\n")
  }
}
