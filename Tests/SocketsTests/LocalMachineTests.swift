import TestSupport
import Testing

@testable import Sockets

@Suite("This machine", .opensDescriptors)
struct LocalMachineTests {
  @Test("goes by the name the kernel has for it")
  func name() throws {
    let kernel = try #require(TextFile.read("/proc/sys/kernel/hostname"))
    #expect(LocalMachine.hostName.map { $0 + "\n" } == kernel)
  }

  @Test(
    "is best reached by its first IPv4 address, else by an IPv6 address, never by a link-local one",
    arguments: [
      (["fe80::1", "2001:db8::7", "169.254.1.1", "192.0.2.7", "198.51.100.1"], "192.0.2.7"),
      (["febf::1", "169.254.1.1", "fd00::2", "2001:db8::7"], "fd00::2"), (["fe80::1", "169.254.255.254"], nil),
      (["169.253.0.1"], "169.253.0.1"), (["fec0::1"], "fec0::1"), ([], nil),
    ])
  func address(of texts: [String], best: String?) throws {
    let addresses = texts.map { SocketsTests.address($0) }
    #expect(LocalMachine.preferred(among: addresses)?.host == best)
  }

  @Test("has an address that can be listened on, if it has one at all")
  func ownAddress() throws {
    guard let address = LocalMachine.address else { return }
    _ = try Listener(at: [address])
  }
}
