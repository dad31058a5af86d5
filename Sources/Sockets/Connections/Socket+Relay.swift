import CSystem
import Glibc

// What a relay does with a socket beyond talking.
extension Socket {
  /// Has the close of this socket reach the peer as a reset: not a goodbye. What the kernel still holds is dropped then.
  /// A Unix-domain socket knows no reset: there the peer sees one only if it had sent what was not read.
  public func resetAtClose() { _ = csystem_reset_at_close(number, 1) }

  /// Has the close of this socket deliver what the kernel still holds, and then an end: undoes ``resetAtClose()``.
  public func deliverAtClose() { _ = csystem_reset_at_close(number, 0) }

  /// Whether nothing is left to be read but the end of the stream, or a failure. Looks without taking (`MSG_PEEK`).
  public var hasOnlyItsEnd: Bool {
    var byte: UInt8 = 0
    let count = recv(number, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
    return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
  }

  /// Has urgent bytes (RFC 9293 section 3.8.5) come in their place among the others, on this socket or on those a listener
  /// accepts: a relay passes on every byte in its order.
  func keepUrgentBytesInline() throws(SystemError) {
    try SystemCalls.setOption(number, level: SOL_SOCKET, SO_OOBINLINE, 1)
  }
}

extension Socket {
  /// Takes ownership of a listening stream socket that was open when the program started.
  /// - Throws: `EINVAL` for anything else, which then stays open.
  init(inheritedListener number: CInt) throws(SystemError) {
    var accepts: CInt = 0
    var length = socklen_t(MemoryLayout<CInt>.size)
    var type: CInt = 0
    guard getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) == 0, accepts == 1,
      getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &length) == 0, type == CInt(SOCK_STREAM.rawValue)
    else {
      throw SystemError(call: "getsockopt", code: EINVAL)
    }
    _ = try SystemCalls.retrying("fcntl") { csystem_adopt(number) }
    self.init(owning: number)
  }

  /// Ends a listening socket's listening while it stays open (shutdown(2)).
  func stopListening() { _ = shutdown(number, CInt(SHUT_RDWR)) }
}
