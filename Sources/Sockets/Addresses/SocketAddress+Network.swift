import CSystem
import Glibc

extension SocketAddress {
  /// The address without its port, as two big-endian halves of 128 bits: an IPv4 address, in whatever form it came, as
  /// `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2). nil for a socket file.
  public var bits: (high: UInt64, low: UInt64)? {
    withSockaddr { address, length -> (high: UInt64, low: UInt64)? in
      let bytes = UnsafeRawBufferPointer(start: address, count: Int(length))
      switch family {
      case .unix: return nil
      case .ipv4:
        // sin_addr stands at byte 4.
        return (0, 0xFFFF << 32 | UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))))
      case .ipv6:
        // sin6_addr stands at byte 8.
        let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return (high, UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
      }
    }
  }

  /// The address of these bits, the reverse of ``bits``: IPv4 where they stand for an IPv4 address.
  /// - Parameter port: 0 for none.
  public init(high: UInt64, low: UInt64, port: UInt16) {
    if high == 0, low >> 32 == 0xFFFF {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(truncatingIfNeeded: low).bigEndian
      self.init(copying: address)
    } else {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin6_addr) {
        $0.storeBytes(of: high.bigEndian, as: UInt64.self)
        $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      self.init(copying: address)
    }
  }

  /// The same of an address as people write it, without a port (inet_pton(3)).
  /// - Returns: nil for what is no numeric address.
  public static func bits(of text: String) -> (high: UInt64, low: UInt64, isIPv4: Bool)? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let isIPv4 = !text.contains(":")
    guard inet_pton(isIPv4 ? AF_INET : AF_INET6, text, &bytes) == 1 else { return nil }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    if isIPv4 { return (0, 0xFFFF << 32 | number(bytes[..<4]), true) }
    return (number(bytes[..<8]), number(bytes[8...]), false)
  }
}
