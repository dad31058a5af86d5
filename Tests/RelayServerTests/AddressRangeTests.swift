import RelayServer
import Testing

@testable import RelayCore

@Suite("Ranges of addresses")
struct AddressRangeTests {
  @Test(
    "an address or a network is read",
    arguments: [
      ("192.0.2.0/24", 120), ("192.0.2.1", 128), ("0.0.0.0/0", 96), ("2001:db8::/32", 32), ("::1", 128), ("::/0", 0),
      ("192.0.2.1/32", 128), ("::1/128", 128),
    ])
  func read(text: String, length: Int) throws {
    #expect(try #require(AddressRange(parsing: text)) == AddressRange(try address(text), length: length))
  }

  private func address(_ text: String) throws -> NetworkAddress {
    let bytes = Array(text.utf8.prefix { $0 != UInt8(ascii: "/") })[...]
    return try #require(NetworkAddress(ipv4: bytes) ?? NetworkAddress(ipv6: bytes))
  }

  @Test(
    "anything else is none",
    arguments: [
      "", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/+8", "192.0.2.0/-8", "192.0.2.0/08", "192.0.2.0/ 8",
      "192.0.2.0/8 ", "192.0.2.0/\u{668}", "192.0.2.0/0x8", "192.0.2.0/8/8", "::/129", "::/0128", "here/8",
      "192.0.2.0/255.255.255.0",
    ])
  func none(text: String) { #expect(AddressRange(parsing: text) == nil) }
}
