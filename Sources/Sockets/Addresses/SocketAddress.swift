import Glibc

/// The address of a socket, or of the other end: an IPv4, IPv6 or Unix-domain address, kept as the bytes of the
/// `sockaddr` the kernel takes.
public struct SocketAddress: Hashable, Sendable {
  private let bytes: [UInt8]

  /// The kinds of address tincan speaks.
  public enum Family: Sendable { case ipv4, ipv6, unix }

  /// Copies what the kernel or the resolver filled in.
  init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
    bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(length)))
  }

  /// The address of a socket file.
  /// - Throws: `ENAMETOOLONG` when the path does not fit the 107 bytes Linux has for it (unix(7)).
  public init(unixPath path: String) throws(SystemError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    let utf8 = Array(path.utf8)
    guard utf8.count < room, !utf8.isEmpty else { throw SystemError(call: "bind", code: ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: utf8) }
    bytes = withUnsafeBytes(of: address) { Array($0) }
  }

  /// All addresses of this machine, one family.
  public static func any(_ family: Family, port: UInt16) -> SocketAddress {
    if family == .ipv4 {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      return SocketAddress(copying: address)
    }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    return SocketAddress(copying: address)
  }

  /// Copies a `sockaddr_in` or `sockaddr_in6`.
  init<Address>(copying address: Address) { bytes = withUnsafeBytes(of: address) { Array($0) } }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// Hands the address to a C call.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    bytes.withUnsafeBytes { raw in
      // The bytes were copied from a sockaddr, so they are at least as large; an Array's storage is aligned for it.
      body(raw.assumingMemoryBound(to: sockaddr.self).baseAddress!, socklen_t(raw.count))
    }
  }

  /// The family, which decides what kind of socket it needs.
  public var family: Family {
    switch withSockaddr({ address, _ in CInt(address.pointee.sa_family) }) {
    case AF_INET: .ipv4
    case AF_INET6: .ipv6
    default: .unix
    }
  }

  /// The port; 0 for a Unix-domain address.
  public var port: UInt16 {
    guard family != .unix else { return 0 }
    // sin_port and sin6_port stand at the same place: bytes 2 and 3, in network order.
    return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
  }

  /// The same host with another port.
  func withPort(_ port: UInt16) -> SocketAddress {
    precondition(family != .unix)
    var changed = bytes
    changed[2] = UInt8(port >> 8)
    changed[3] = UInt8(port & 0xff)
    return SocketAddress(bytes: changed)
  }

  /// The host as a person writes it: `127.0.0.1`, `::1`, `fe80::1%eth0`; an IPv4 address that reached a dual-stack
  /// socket (`::ffff:127.0.0.1`, RFC 4291 section 2.5.5.2) is shown as the IPv4 address it is; a socket file's path.
  public var host: String {
    if family == .unix { return unixPath }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let result = withSockaddr { address, length in
      getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    }
    guard result == 0 else { return "unknown address" }
    let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let mapped = "::ffff:"
    return name.hasPrefix(mapped) && name.contains(".") ? String(name.dropFirst(mapped.count)) : name
  }

  private var unixPath: String {
    let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
    return String(decoding: path, as: UTF8.self)
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `127.0.0.1:8462`, `[::1]:8462` or `unix:/path`.
  public var description: String {
    switch family {
    // The connecting side of a socket file has no address of its own.
    case .unix: unixPath.isEmpty ? "a socket file" : "unix:\(unixPath)"
    case .ipv4, .ipv6: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
