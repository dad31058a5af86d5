import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Listeners", .serialized, .leavesNoDescriptor)
struct ListenerTests {
  /// Connects to a port at `host` and says where the listener saw it come from.
  private func origin(of host: String, _ listener: Listener) throws -> SocketAddress? {
    let socket = try Socket(address(host).family)
    try connect(socket, to: address(host, port: listener.addresses[0].port))
    for number in listener.numbers {
      if let accepted = try listener.accept(on: number) { return accepted.address }
    }
    return nil
  }

  @Test("A listener on all addresses is reached by IPv4, and sees an IPv4 address")
  func everywhereByIPv4() throws {
    let listener = try Listener(anyAddressPort: 0)
    let origin = try #require(try origin(of: "127.0.0.1", listener))
    #expect(origin.host == "127.0.0.1")
    #expect(origin.description.hasPrefix("127.0.0.1:"))
  }

  @Test("A listener on all addresses is reached by IPv6", .enabled(if: hasIPv6, "this machine has no IPv6"))
  func everywhereByIPv6() throws {
    let listener = try Listener(anyAddressPort: 0)
    #expect(try origin(of: "::1", listener)?.host == "::1")
  }

  @Test("Several addresses share the port the system chose")
  func sharedPort() throws {
    let hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"] + (hasIPv6 ? ["::1"] : [])
    let listener = try Listener(at: hosts.map { address($0) })
    #expect(listener.addresses.map(\.host) == hosts)
    #expect(Set(listener.addresses.map(\.port)).count == 1)
    #expect(listener.addresses[0].port != 0)
    #expect(Set(listener.numbers).count == hosts.count)
    for host in hosts { #expect(try origin(of: host, listener)?.host == (host == "::1" ? "::1" : "127.0.0.1")) }
  }

  @Test("A port that is taken is an error that says so")
  func taken() throws {
    let first = try Listener(at: [address("127.0.0.1")])
    let port = first.addresses[0].port
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
      _ = try Listener(at: [address("127.0.0.1", port: port)])
    }
  }

  @Test("The port of a listener that just ended, with a connection behind it, can be taken again")
  func takenAgain() throws {
    let port: UInt16
    do {
      let listener = try Listener(at: [address("127.0.0.1")])
      port = listener.addresses[0].port
      let pair = try SocketPair(over: listener)
      // The listener's side closes first, so that its address is the one in TIME_WAIT.
      pair.right.close()
      #expect(try nextReceive(on: pair.left) == .endOfStream)
    }
    let again = try Listener(at: [address("127.0.0.1", port: port)])
    #expect(again.addresses[0].port == port)
  }

  // 240.0.0.0/4 is reserved (RFC 1112 section 4): no machine has an address of it, and binding sends nothing.
  @Test(
    "An address this machine does not have is left out, wherever it stands in the list",
    arguments: [
      ["240.0.0.1", "127.0.0.1", "127.0.0.2"], ["127.0.0.1", "240.0.0.1", "127.0.0.2"],
      ["127.0.0.1", "127.0.0.2", "240.0.0.1"],
    ])
  func notOurs(hosts: [String]) throws {
    let listener = try Listener(at: hosts.map { address($0) })
    #expect(listener.addresses.map(\.host) == ["127.0.0.1", "127.0.0.2"])
    #expect(Set(listener.addresses.map(\.port)).count == 1)
  }

  @Test("Only addresses this machine does not have are an error")
  func noneOurs() throws {
    #expect(throws: SystemError(call: "bind", code: EADDRNOTAVAIL)) {
      _ = try Listener(at: [address("240.0.0.1"), address("240.0.0.2")])
    }
  }

  @Test("What a listener accepts ends with a reset if that is asked for, unless it switches that off for itself")
  func resetAtClose() throws {
    let listener = try Listener(at: [address("127.0.0.1")])
    listener.resetAtClose()
    let first = try SocketPair(over: listener)
    let left = first.left
    first.right.close()
    #expect(try systemError { try nextReceive(on: left) } == SystemError(call: "recv", code: ECONNRESET))
    let second = try SocketPair(over: listener)
    second.right.deliverAtClose()
    let other = second.left
    second.right.close()
    #expect(try nextReceive(on: other) == .endOfStream)
  }
}
