import Sockets
import TestSupport
import Testing

@testable import RelayCore
@testable import RelayServer

@Suite("A relay and its successor, on loopback", .serialized, .timeLimit(.minutes(5)), .leavesNoDescriptor)
struct RelayUpgradeTests {
  private func health(_ relay: RunningRelay) throws -> String {
    let client = try TestGuest(to: relay.metricsAddress)
    try client.send("GET /healthz HTTP/1.0\r\n\r\n")
    return String(try client.rest().prefix { $0 != "\r\n" })
  }

  @Test(
    "Asked to end, it fails its health check at once, and lets newcomers in until its delay is over", arguments: [1, 2])
  func announces(threads: Int) throws {
    let relay = try RunningRelay(threads: threads, drainDelay: .seconds(2))
    #expect(try health(relay).hasPrefix("HTTP/1.0 200"))
    let waiting = try relay.guest(joining: "coffee")
    try waiting.expect("TINCAN/1 WAIT\n")
    relay.control.end()
    try relay.expectDraining()
    #expect(try health(relay).hasPrefix("HTTP/1.0 503"))
    let (first, second) = try relay.pair("tea")
    try waiting.expect("TINCAN/1 ERROR draining ")
    #expect(throws: TestGuest.Failure.self) { _ = try TestGuest(port: relay.port) }
    try first.send("still here\n")
    try second.expect("still here\n")
    first.halfClose()
    second.halfClose()
    waiting.close()
    first.close()
    second.close()
    relay.waitForEnd()
  }

  @Test("A successor waits for the port of one that was asked to end, and then has it alone")
  func successor() throws {
    let old = try RunningRelay(drainDelay: .milliseconds(300))
    let waiting = try old.guest(joining: "tea")
    try waiting.expect("TINCAN/1 WAIT\n")
    old.control.end()
    let new = try RunningRelay(guests: .at(.host("127.0.0.1", port: old.port)))
    // The old one refuses those that wait when it closes the port, so the room is the new one's alone.
    try waiting.expect("TINCAN/1 ERROR draining ")
    #expect(new.port == old.port)
    _ = try new.pair("tea")
    waiting.close()
    old.waitForEnd()
  }
}
