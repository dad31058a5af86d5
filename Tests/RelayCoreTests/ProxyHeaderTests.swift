import ChatProtocol
import Testing

@testable import RelayCore

@Suite("The PROXY header of a load balancer")
struct ProxyHeaderTests {
  /// Hands a header over as a relay does: no more than is wanted at a time, and no more than `piece` bytes.
  /// - Returns: the verdict, and the bytes that were left alone.
  static func judge(_ bytes: [UInt8], piece: Int = .max) -> (step: ProxyHeaderDecoder.Step, rest: [UInt8]) {
    var decoder = ProxyHeaderDecoder()
    var rest = bytes[...]
    while !rest.isEmpty {
      let taken = rest.prefix(min(piece, decoder.bytesWanted))
      rest = rest.dropFirst(taken.count)
      let step = decoder.decode(taken)
      if step != .incomplete { return (step, Array(rest)) }
    }
    return (.incomplete, [])
  }

  private static func header(_ address: NetworkAddress, _ port: UInt16) -> ProxyHeaderDecoder.Step {
    .header(ProxyHeader(source: .init(address: address, port: port)))
  }

  private static let none = ProxyHeaderDecoder.Step.header(ProxyHeader(source: nil))
  private static let ipv4 = header(NetworkAddress(ipv4: 0xC000_0207), 56_324)
  private static let documentation = NetworkAddress(high: 0x2001_0DB8_0000_0000, low: 7)

  /// A header of version 2 whose length is that of its block.
  private static func binary(_ command: UInt8, _ family: UInt8, _ block: [UInt8], length: Int? = nil) -> [UInt8] {
    let length = length ?? block.count
    return [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
      + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + block
  }

  /// 192.0.2.7:56324 to 198.51.100.1:8463.
  private static let ipv4Block: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0xDC, 0x04, 0x21, 0x0F]
  /// [2001:db8::7]:56324 to [2001:db8::1]:8463.
  private static let ipv6Block: [UInt8] =
    [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7, 0x20, 0x01, 0x0D, 0xB8]
    + [UInt8](repeating: 0, count: 11) + [1, 0xDC, 0x04, 0x21, 0x0F]

  @Test(
    "Lines of version 1",
    arguments: [
      ("PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463\r\n", ipv4),
      ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", header(.init(ipv4: .max), 65_535)),
      ("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", header(.init(ipv4: 0), 0)),
      ("PROXY TCP6 2001:db8::7 2001:db8::1 56324 8463\r\n", header(documentation, 56_324)),
      ("PROXY TCP6 2001:0DB8:0:0:0:0:0:7 :: 1 2\r\n", header(documentation, 1)),
      ("PROXY TCP6 ::ffff:192.0.2.7 ::1 56324 8463\r\n", ipv4),
      // A translator (NAT64) put it there: the guest's own address is an IPv4 one.
      ("PROXY TCP6 64:ff9b::c000:207 ::1 56324 8463\r\n", ipv4),
      ("PROXY UNKNOWN\r\n", none),
      ("PROXY UNKNOWN ffff:f::1 what\rever \n it says 1 2\r\n", none),
      ("PROXY UNKNOWN \(String(repeating: "x", count: 91))\r\n", none),
    ])
  func lines(text: String, expected: ProxyHeaderDecoder.Step) {
    let behind = Array("TINCAN/1 JOIN tea\n".utf8)
    for piece in [1, 2, 3, 7, Int.max] {
      let (step, rest) = ProxyHeaderTests.judge(Array(text.utf8) + behind, piece: piece)
      #expect(step == expected, "\(text) in pieces of \(piece)")
      #expect(rest == behind, "\(text) in pieces of \(piece)")
    }
  }

  @Test(
    "Lines that are no header of version 1",
    arguments: [
      "PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463\n\n", "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463 \r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 56324 8463 9\r\n",
      "PROXY  TCP4 192.0.2.7 198.51.100.1 56324 8463\r\n", "PROXY TCP4 192.0.2.7  198.51.100.1 56324 8463\r\n",
      "PROXY TCP4 192.0.2.07 198.51.100.1 56324 8463\r\n", "PROXY TCP4 192.0.2.256 198.51.100.1 56324 8463\r\n",
      "PROXY TCP4 192.0.2 198.51.100.1 56324 8463\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 056324 8463\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 65536 8463\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 -1 8463\r\n",
      "PROXY TCP4 2001:db8::7 2001:db8::1 56324 8463\r\n", "PROXY TCP6 192.0.2.7 198.51.100.1 56324 8463\r\n",
      "PROXY TCP6 2001:db8::7 198.51.100.1 56324 8463\r\n", "PROXY TCP6 fe80::1%lo ::1 56324 8463\r\n",
      "PROXY TCP5 192.0.2.7 198.51.100.1 56324 8463\r\n", "PROXY UNKNOWNS\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
      "proxy TCP4 192.0.2.7 198.51.100.1 56324 8463\r\n", "TINCAN/1 JOIN tea\n", "GET / HTTP/1.1\r\n",
      "\u{16}\u{3}\u{1}",
      "PROXY UNKNOWN \(String(repeating: "x", count: 92))\r\n",
      "PROXY TCP4 \(String(repeating: "1", count: 200))\r\n",
    ])
  func wrongLines(text: String) {
    for piece in [1, 2, 7, Int.max] {
      #expect(ProxyHeaderTests.judge(Array(text.utf8), piece: piece).step == .invalid, "\(text) in pieces of \(piece)")
    }
  }

  @Test(
    "Headers of version 2",
    arguments: [
      (binary(0x21, 0x11, ipv4Block), ipv4),
      (binary(0x21, 0x21, ipv6Block), header(documentation, 56_324)),
      // Bytes behind the addresses are passed over: a TLV, and even half of one.
      (binary(0x21, 0x11, ipv4Block + [0x03, 0, 4, 1, 2, 3, 4]), ipv4),
      (binary(0x21, 0x11, ipv4Block + [0x03, 0]), ipv4),
      (binary(0x21, 0x11, ipv4Block + [UInt8](repeating: 0, count: 508)), ipv4),
      // LOCAL, with and without addresses.
      (binary(0x20, 0x00, []), none),
      (binary(0x20, 0x11, ipv4Block), none),
      (binary(0x20, 0x11, []), none),
      // Nothing that has an address of the internet.
      (binary(0x21, 0x00, []), none),
      (binary(0x21, 0x00, [1, 2, 3]), none),
      (binary(0x21, 0x31, [UInt8](repeating: 0x2F, count: 216)), none),
      (binary(0x21, 0x12, ipv4Block), none),
      (binary(0x21, 0x22, ipv6Block), none),
      (binary(0x21, 0x10, ipv4Block), none),
    ])
  func binaries(bytes: [UInt8], expected: ProxyHeaderDecoder.Step) {
    for behind in [[], ProxyHeaderDecoder.signature, Array("TINCAN/1 JOIN tea\n".utf8)] {
      for piece in [1, 5, Int.max] {
        let (step, rest) = ProxyHeaderTests.judge(bytes + behind, piece: piece)
        #expect(step == expected, "\(bytes) in pieces of \(piece)")
        #expect(rest == behind)
      }
    }
    for length in 0..<bytes.count { #expect(ProxyHeaderTests.judge(Array(bytes[..<length])).step == .incomplete) }
  }

  @Test(
    "Headers of version 2 that are wrong",
    arguments: [
      // Another version, or another command.
      binary(0x11, 0x11, ipv4Block), binary(0x31, 0x11, ipv4Block), binary(0x22, 0x11, ipv4Block),
      // Families and transports that nobody has defined.
      binary(0x21, 0x41, ipv4Block), binary(0x21, 0x13, ipv4Block), binary(0x20, 0xF0, []),
      // Too short for the addresses.
      binary(0x21, 0x11, ipv4Block, length: 11), binary(0x21, 0x11, [], length: 0),
      binary(0x21, 0x21, ipv6Block, length: 35), binary(0x21, 0x31, [], length: 215),
      // Too long: 536 bytes are the most.
      binary(0x21, 0x11, ipv4Block, length: 521), binary(0x20, 0x00, [], length: 65_535),
      [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0D, 0x21, 0x11, 0, 12],
      [0x0D, 0x0A, 0x0D, 0x0B],
    ])
  func wrongBinaries(bytes: [UInt8]) {
    for piece in [1, 5, Int.max] {
      #expect(ProxyHeaderTests.judge(bytes + ProxyHeaderTests.ipv4Block, piece: piece).step == .invalid, "\(bytes)")
    }
  }

  @Test("The balancers are networks of an operator's, and socket files where that was asked for")
  func list() {
    let list = ProxyList(ranges: [AddressRange(NetworkAddress(ipv4: 10 << 24), length: 104)])
    #expect(list.contains(NetworkAddress(ipv4: 10 << 24 | 7)))
    #expect(!list.contains(NetworkAddress(ipv4: 11 << 24)))
    #expect(!list.contains(nil))
    #expect(ProxyList(includesSocketFiles: true).contains(nil))
    #expect(!ProxyList().contains(NetworkAddress(ipv4: 10 << 24)))
  }
}
