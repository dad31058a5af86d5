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
