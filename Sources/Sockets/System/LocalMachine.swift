import Glibc

/// The machine this program runs on.
public enum LocalMachine {
  /// Its name on its network (gethostname(2)); nil when it has none.
  public static var hostName: String? {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0, bytes[0] != 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The address by which others most likely reach it, without a port (getifaddrs(3)); nil when it has none but for
  /// itself.
  public static var address: SocketAddress? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      let isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
      guard isUp, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0, let address = entry.ifa_addr else { continue }
      switch CInt(address.pointee.sa_family) {
      case AF_INET: addresses.append(SocketAddress(address, length: socklen_t(MemoryLayout<sockaddr_in>.size)))
      case AF_INET6: addresses.append(SocketAddress(address, length: socklen_t(MemoryLayout<sockaddr_in6>.size)))
      default: break
      }
    }
    return preferred(among: addresses)
  }

  /// The first IPv4 address, as it is the shorter one to type, else the first IPv6 address. Link-local addresses
  /// (169.254.0.0/16 of RFC 3927, fe80::/10 of RFC 4291) are left out: they lead nowhere without an interface.
  static func preferred(among addresses: [SocketAddress]) -> SocketAddress? {
    let usable = addresses.filter {
      guard let (high, low) = $0.bits else { return false }
      return $0.family == .ipv4 ? low >> 16 & 0xFFFF != 0xA9FE : high >> 54 != 0x3FA
    }
    return usable.first { $0.family == .ipv4 } ?? usable.first
  }
}
