import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("What strangers do to a relay on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayBadInputTests {
  @Test(
    "What makes no sense gets its line, and is counted",
    arguments: [
      ("hello\n", Refusal.notAJoin), ("TINCAN/2 JOIN a\n", .otherVersion), ("TINCAN/1 JOIN a.b\n", .badRoom),
      ("TINCAN/1 JOIN a b\n", .badSide),
      ("TINCAN/1 JOIN a\nhello", .sentTooEarly), ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", .http),
      ("\u{16}\u{3}\u{1}\u{2}", .tls), (String(repeating: "x", count: 1 << 20), .notAJoin),
    ])
  func nonsense(text: String, refusal: Refusal) throws {
    let relay = try RunningRelay()
    let guest = try TestGuest(port: relay.port)
    try guest.send(text)
    #expect(try guest.rest() == String(decoding: RelayReply.refused(refusal).bytes, as: UTF8.self))
    guest.close()
    try relay.expectMetric("guests", 0)
    try relay.expectMetric("refusals_total{word=\"\(refusal.word.rawValue)\",reason=\"\(refusal.label)\"}", 1)
  }

  @Test("Who is silent, or sends byte by byte, is told that its time is over")
  func loris() throws {
    let relay = try RunningRelay(times: GuestTable.Times(preamble: .milliseconds(100)))
    let silent = try TestGuest(port: relay.port)
    let slow = try TestGuest(port: relay.port)
    try slow.send("T")
    try slow.send("I")
    for guest in [silent, slow] { #expect(try guest.rest() == "TINCAN/1 ERROR expired no JOIN came in time\n") }
  }

  @Test("Who waits too long is told so")
  func nobodyCame() throws {
    let relay = try RunningRelay(times: GuestTable.Times(room: .milliseconds(100)))
    let guest = try relay.guest(joining: "tea")
    try guest.expect("TINCAN/1 WAIT\n")
    #expect(try guest.rest().hasPrefix("TINCAN/1 ERROR expired "))
  }

  @Test("Who speaks while it waits is told to go")
  func speaksWhileWaiting() throws {
    let relay = try RunningRelay()
    let guest = try relay.guest(joining: "tea")
    try guest.expect("TINCAN/1 WAIT\n")
    try guest.send("hello?\n")
    #expect(try guest.rest() == "TINCAN/1 ERROR syntax nothing may be sent between JOIN and PAIRED\n")
  }

  @Test("One guest too many is told that the relay is busy; nobody who is in is disturbed; then it recovers")
  func busy() throws {
    var bounds = Admission.Bounds.none
    bounds.guests = 2
    let relay = try RunningRelay(bounds: bounds)
    let (first, second) = try relay.pair("tea")
    for _ in 1...300 {
      #expect(try TestGuest(port: relay.port).rest() == "TINCAN/1 ERROR busy this relay is full; try again later\n")
    }
    try first.send("undisturbed\n")
    try second.expect("undisturbed\n")
    first.close()
    second.close()
    try relay.expectMetric("guests", 0)
    _ = try relay.pair("tea")
  }

  @Test("Bounds on waiting and on each source have their own words")
  func bounds() throws {
    var bounds = Admission.Bounds.none
    (bounds.waiting, bounds.withoutPartnerPerSource, bounds.connectionsPerMinute) = (1, 2, 3)
    let relay = try RunningRelay(bounds: bounds)
    let first = try relay.guest(joining: "tea")
    try first.expect("TINCAN/1 WAIT\n")
    #expect(try relay.guest(joining: "coffee").rest().hasPrefix("TINCAN/1 ERROR busy too many wait here"))
    try relay.expectMetric("guests", 1)
    let silent = try TestGuest(port: relay.port)
    try relay.expectMetric("guests", 2)
    #expect(try relay.guest(joining: "milk").rest().hasPrefix("TINCAN/1 ERROR busy too many from your address"))
    silent.close()
    try relay.expectMetric("guests", 1)
    #expect(try relay.guest(joining: "tea").rest().hasPrefix("TINCAN/1 ERROR busy too many tries"))
  }

  @Test("Guests that reset at any point leave nothing behind", arguments: [1, 2])
  func resetsEverywhere(threads: Int) throws {
    let relay = try RunningRelay(threads: threads)
    let line = Array("TINCAN/1 JOIN tea\n".utf8)
    for length in 0...line.count {
      let guest = try TestGuest(port: relay.port)
      try guest.send(line[..<length])
      if length % 2 == 0 { guest.reset() } else { guest.close() }
    }
    try relay.expectMetric("arrivals_total{port=\"relay\"}", line.count + 1)
    try relay.expectMetric("guests", 0)
    for leavesFirst in [true, false] {
      for resets in [true, false] {
        let (first, second) = try relay.pair("tea")
        try first.send("unread")
        try second.send("unread")
        let (one, other) = leavesFirst ? (first, second) : (second, first)
        if resets { one.reset() } else { one.close() }
        other.close()
        try relay.expectMetric("guests", 0)
      }
    }
    try relay.expectMetric("lingering", 0)
    try relay.expectMetric("parked_bytes", 0)
  }
}
