import CSystem
import Glibc

extension SocketAddress {
  /// The network a bound on one source is for, as two big-endian halves: an IPv4 address, in whatever form it
  /// came, as `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2); of an IPv6 address the first 64 bits. nil for a socket file.
  public var network: (high: UInt64, low: UInt64)? {
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
        let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        let isIPv4 = high == 0 && low >> 32 == 0xFFFF
        return (high, isIPv4 ? low : 0)
      }
    }
  }
}
