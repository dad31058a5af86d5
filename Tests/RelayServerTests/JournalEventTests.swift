import ChatProtocol
import RelayCore
import Sockets
import Testing

@testable import RelayServer

@Suite("Lines of the journal")
struct JournalEventTests {
  private static let first = SocketAddress.any(.ipv4, port: 4711)
  private let now = UTCTime(seconds: 1_795_712_568, nanoseconds: 5_000_000)

  private func record(_ second: SocketAddress) -> JournalEvent {
    .pairEnded(
      PairRecord(
        number: 17, outcome: .goodbye, length: .seconds(312) + .milliseconds(10), ended: now,
        first: .init(address: JournalEventTests.first, bytes: 5210), second: .init(address: second, bytes: 4833)))
  }

  @Test("A pair's line has its times, how it ended, its bytes each way, and no address by default")
  func text() {
    #expect(
      record(JournalEventTests.first).line(JournalStyle(), now: now)
        == "tincan relay: pair 17 ended by goodbye: how=goodbye start=2026-11-26T16:57:35.995Z "
        + "end=2026-11-26T17:02:48.005Z seconds=312 first-bytes=5210 second-bytes=4833\n")
  }

  @Test("Addresses are written as far as the operator wants")
  func addresses() throws {
    let other = try SocketAddress(unixPath: "/tmp/a b\n\"=x")
    func end(_ addresses: JournalStyle.Addresses) -> String {
      let line = record(other).line(JournalStyle(addresses: addresses), now: now)
      return String(line.split(separator: " second-bytes=4833", omittingEmptySubsequences: false).last!)
    }
    #expect(end(.none) == "\n")
    #expect(end(.prefix) == " first=0.0.0.0/24 second=unix\n")
    #expect(end(.full) == " first=0.0.0.0:4711 second=\"unix:/tmp/a b\\n\\\"=x\"\n")
  }

  @Test("As JSON every line is one object with the event and the time")
  func json() throws {
    let style = JournalStyle(format: .json, addresses: .full)
    #expect(
      record(try SocketAddress(unixPath: "/a\n")).line(style, now: now)
        == #"{"event":"pair-ended","time":"2026-11-26T17:02:48.005Z","pair":17,"how":"goodbye","#
        + #""start":"2026-11-26T16:57:35.995Z","end":"2026-11-26T17:02:48.005Z","seconds":312,"first-bytes":5210,"#
        + #""second-bytes":4833,"first":"0.0.0.0:4711","second":"unix:/a\n"}"# + "\n")
    let start = #"{"event":"%","time":"2026-11-26T17:02:48.005Z""#
    func line(_ event: JournalEvent, _ name: String) -> String? {
      let line = event.line(style, now: now)
      let expected = start.split(separator: "%").joined(separator: name)
      return line.hasPrefix(expected) ? String(line.dropFirst(expected.count)) : nil
    }
    let address = JournalEventTests.first
    #expect(line(.note("a \"b\""), "note") == #","text":"a \"b\""}"# + "\n")
    #expect(
      line(.refused(address, .tooManyGuests), "refused")
        == #","address":"0.0.0.0:4711","word":"busy","reason":"too_many_guests"}"# + "\n")
    #expect(line(.vanished(address), "vanished") == #","address":"0.0.0.0:4711"}"# + "\n")
    #expect(
      line(.pairJoined(3, first: address, second: address), "pair-joined")
        == #","pair":3,"first":"0.0.0.0:4711","second":"0.0.0.0:4711"}"# + "\n")
  }

  @Test("Without addresses the lines of --verbose name nobody")
  func anonymous() {
    for event in [
      JournalEvent.refused(JournalEventTests.first, .denied), .vanished(JournalEventTests.first),
      .pairJoined(3, first: JournalEventTests.first, second: JournalEventTests.first),
    ] {
      for format in JournalStyle.Format.allCases {
        #expect(!event.line(JournalStyle(format: format), now: now).contains("0.0.0.0"))
      }
    }
  }
}
