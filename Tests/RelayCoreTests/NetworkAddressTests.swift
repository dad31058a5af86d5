import Glibc
import Testing

@testable import RelayCore

@Suite("Where guests come from")
struct NetworkAddressTests {
  private let mapped = NetworkAddress(ipv4: 0xC000_0201)

  @Test("An address that a translator made of an IPv4 one is that IPv4 address")
  func translated() {
    #expect(NetworkAddress(high: 0x0064_FF9B_0000_0000, low: 0xC000_0201) == mapped)
    #expect(NetworkAddress(high: 0x0064_FF9B_0000_0000, low: 1 << 32 | 0xC000_0201) != mapped)
    #expect(NetworkAddress(high: 0x0064_FF9B_0001_0000, low: 0xC000_0201) != mapped)
  }

  /// The bits as inet_pton(3) reads them; nil for what it does not take.
  private func expected(_ text: String, _ family: CInt) -> NetworkAddress? {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard inet_pton(family, text, &bytes) == 1 else { return nil }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    if family == AF_INET { return NetworkAddress(ipv4: UInt32(number(bytes[..<4]))) }
    return NetworkAddress(high: number(bytes[..<8]), low: number(bytes[8...]))
  }

  @Test(
    "An address is read as inet_pton(3) reads it",
    arguments: [
      "", ":", "::", ":::", "::1", "1::", "1::2", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::",
      "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "1::2::3", ":1::2", "1::2:", "12345::", "g::", "+1::",
      "-1::",
      "FFFF:ffff::AbCd", "::ffff:192.0.2.1", "::192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:7:192.0.2.1",
      "::192.0.2", "::192.0.2.1:1", "192.0.2.1::", "::192.0.2.01", "fe80::1%lo", "1 ::", " ::1", "64:ff9b::192.0.2.1",
      "192.0.2.1", "0.0.0.0", "255.255.255.255", "256.0.0.0", "1.2.3", "1.2.3.4.5", "1..2.3", "01.2.3.4", "1.2.3.4 ",
      ".1.2.3", "1.2.3.", "0x1.2.3.4", "1.2.3.+4",
    ])
  func parsing(text: String) {
    let bytes = Array(text.utf8)[...]
    #expect(NetworkAddress(ipv4: bytes) == expected(text, AF_INET), "\(text)")
    #expect(NetworkAddress(ipv6: bytes) == expected(text, AF_INET6), "\(text)")
  }

  @Test("A range holds the addresses that begin with its bits")
  func ranges() {
    let address = NetworkAddress(high: 0x2001_0DB8_0001_0002, low: 0x3)
    for length in 0...128 {
      let range = AddressRange(address, length: length)
      #expect(range.contains(address))
      for bit in 0..<128 {
        let other = NetworkAddress(
          high: address.high ^ (bit < 64 ? 1 << (63 - bit) : 0), low: address.low ^ (bit < 64 ? 0 : 1 << (127 - bit)))
        #expect(range.contains(other) == (bit >= length), "bit \(bit) of /\(length)")
      }
    }
  }

  @Test("Of IPv4 the address itself is bounded, of IPv6 three networks")
  func networks() {
    #expect(mapped.networks.map(\.share) == [1])
    #expect(NetworkAddress(high: 0x2001_0DB8 << 32, low: 1).networks.map(\.share) == [1, 2, 4])
  }

  @Test("Trust goes before denial, so that one can deny all but a few")
  func access() {
    let list = AccessList(trusted: [AddressRange(mapped, length: 120)], denied: [AddressRange(mapped, length: 96)])
    #expect(list.access(of: mapped) == .trusted)
    #expect(list.access(of: NetworkAddress(ipv4: 0xC000_0301)) == .denied)
    #expect(list.access(of: NetworkAddress(high: 1, low: 1)) == .bounded)
  }
}

@Suite("The network of an address, as people write it")
struct NetworkPrefixTests {
  @Test("24 bits of IPv4, 48 of IPv6; a translated address is the IPv4 address that it stands for")
  func prefixes() {
    #expect(NetworkAddress(ipv4: 0xC0A8_0F2A).prefixText == "192.168.15.0/24")
    #expect(NetworkAddress(high: 0x2001_0DB8_0000_00AB, low: 7).prefixText == "2001:db8:0::/48")
    #expect(NetworkAddress(high: 0x0064_FF9B_0000_0000, low: 0xC0A8_0F2A).prefixText == "192.168.15.0/24")
  }
}
