import Glibc
import Testing

@testable import Sockets

@Suite("Addresses")
struct SocketAddressTests {
  @Test(
    "An address is written as a person writes it",
    arguments: [
      ("127.0.0.1", "127.0.0.1", "127.0.0.1:8462"), ("0.0.0.0", "0.0.0.0", "0.0.0.0:8462"),
      ("::1", "::1", "[::1]:8462"), ("::", "::", "[::]:8462"), ("2001:db8::1", "2001:db8::1", "[2001:db8::1]:8462"),
      ("::ffff:127.0.0.1", "127.0.0.1", "127.0.0.1:8462"), ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7:8462"),
      ("::127.0.0.1", "::127.0.0.1", "[::127.0.0.1]:8462"),
    ])
  func formatting(text: String, host: String, whole: String) {
    let address = address(text, port: 8462)
    #expect(address.host == host)
    #expect(address.description == whole)
    #expect(address.port == 8462)
    #expect(address.family == (text.contains(":") ? .ipv6 : .ipv4))
  }

  @Test("Another port makes another address on the same host", arguments: ["127.0.0.1", "::1"])
  func withPort(text: String) {
    let first = address(text, port: 1)
    let second = first.withPort(0xABCD)
    #expect(second.port == 0xABCD)
    #expect(second.host == first.host)
    #expect(first != second)
    #expect(second == address(text, port: 0xABCD))
    #expect(second.withPort(1) == first)
    #expect(Set([first, second, second.withPort(1)]).count == 2)
  }

  @Test("All addresses of a family")
  func any() {
    #expect(SocketAddress.any(.ipv4, port: 80) == address("0.0.0.0", port: 80))
    #expect(SocketAddress.any(.ipv6, port: 80) == address("::", port: 80))
  }

  @Test("A socket file's address is its path")
  func unix() throws {
    let address = try SocketAddress(unixPath: "/run/user/1000/caf\u{E9}.sock")
    #expect(address.family == .unix)
    #expect(address.host == "/run/user/1000/caf\u{E9}.sock")
    #expect(address.description == "unix:/run/user/1000/caf\u{E9}.sock")
    #expect(address.port == 0)
  }

  @Test("A path of 107 bytes fits, one of 108 or none at all does not")
  func unixLength() throws {
    let longest = String(repeating: "p", count: 107)
    #expect(try SocketAddress(unixPath: longest).host == longest)
    for path in [longest + "p", ""] {
      #expect(throws: SystemError(call: "bind", code: ENAMETOOLONG)) { try SocketAddress(unixPath: path) }
    }
  }
}
