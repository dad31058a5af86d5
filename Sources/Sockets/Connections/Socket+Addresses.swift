import Glibc

// Both ends of a link.
extension Socket {
  /// The address this socket is bound to.
  var localAddress: SocketAddress {
    get throws(SystemError) { try address(by: "getsockname") { getsockname(number, $0, &$1) } }
  }

  /// The address at the other end of the link.
  private var peerAddress: SocketAddress {
    get throws(SystemError) { try address(by: "getpeername") { getpeername(number, $0, &$1) } }
  }

  /// Whether the link is gone: it was reset, or given up. Unlike ``takePendingError(of:)`` it can be asked again.
  public var isDisconnected: Bool {
    do throws(SystemError) { _ = try peerAddress } catch { return error.code == ENOTCONN }
    return false
  }

  /// Whether both ends of the link are this very socket. The kernel connects a socket to itself when it gave it the
  /// very port it then connects to: TCP's simultaneous open (RFC 9293 section 3.5) with itself. Nobody listens there.
  var isConnectedToItself: Bool {
    get throws(SystemError) {
      let local = try localAddress
      if local.family == .unix { return false }
      return local == (try peerAddress)
    }
  }

  private func address(
    by call: StaticString, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> CInt
  ) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return try withSockaddr(of: &storage) { pointer throws(SystemError) in
      _ = try SystemCalls.retrying(call) { body(pointer, &length) }
      return SocketAddress(pointer, length: length)
    }
  }

  func withSockaddr<Result>(
    of storage: inout sockaddr_storage, _ body: (UnsafeMutablePointer<sockaddr>) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    try withUnsafeMutablePointer(to: &storage) { pointer throws(SystemError) in
      try body(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self))
    }
  }
}
