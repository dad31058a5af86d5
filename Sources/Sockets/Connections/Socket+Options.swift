import CSystem
import Glibc

// How a socket behaves. A connection takes these settings over from the listener that accepts it.
extension Socket {
  /// Sends each message at once instead of waiting for more (Nagle's algorithm off; RFC 9293 section 3.7.4), and has
  /// the kernel probe a silent peer, so that one whose machine vanished is noticed: after `seconds` of silence, then
  /// every `seconds`, until three probes stay unanswered. Nothing to do on a Unix-domain socket.
  public func tuneForConversation(keepaliveAfter seconds: CInt) throws(SystemError) {
    guard try localAddress.family != .unix else { return }
    let tcp = CInt(IPPROTO_TCP)
    try SystemCalls.setOption(number, level: tcp, TCP_NODELAY, 1)
    try SystemCalls.setOption(number, level: SOL_SOCKET, SO_KEEPALIVE, 1)
    try SystemCalls.setOption(number, level: tcp, TCP_KEEPIDLE, seconds)
    try SystemCalls.setOption(number, level: tcp, TCP_KEEPINTVL, seconds)
    try SystemCalls.setOption(number, level: tcp, TCP_KEEPCNT, 3)
  }

  /// Has the close of this socket reach the peer as a reset, which is no goodbye. The kernel then drops the bytes it
  /// still holds. The death of this process closes the socket in the same way.
  ///
  /// A Unix-domain socket knows no reset: there the peer sees one only if it had sent what was not read.
  public func resetAtClose() { _ = csystem_reset_at_close(number, 1) }

  /// Has the close of this socket deliver the bytes the kernel still holds, and then an end: undoes ``resetAtClose()``.
  public func deliverAtClose() { _ = csystem_reset_at_close(number, 0) }

  /// Has urgent bytes (RFC 9293 section 3.8.5) come in their place among the others: a relay passes on every byte in
  /// its order.
  func keepUrgentBytesInline() throws(SystemError) {
    try SystemCalls.setOption(number, level: SOL_SOCKET, SO_OOBINLINE, 1)
  }
}

extension Socket {
  /// Takes ownership of a listening stream socket that was open when the program started. `O_NONBLOCK` is set on the
  /// open file description, which others who hold it share.
  /// - Throws: `EINVAL` for anything else, which then stays open.
  init(inheritedListener number: CInt) throws(SystemError) {
    // Not through SystemCalls: a descriptor that is not open is the mistake of the program that handed it over.
    func option(_ name: CInt) -> CInt? {
      var value: CInt = 0
      var length = socklen_t(MemoryLayout<CInt>.size)
      return getsockopt(number, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
    guard option(SO_ACCEPTCONN) == 1, option(SO_TYPE) == CInt(SOCK_STREAM.rawValue),
      let domain = option(SO_DOMAIN), [AF_INET, AF_INET6, AF_UNIX].contains(domain)
    else { throw SystemError(call: "getsockopt", code: EINVAL) }
    _ = try SystemCalls.retrying("fcntl") { csystem_adopt(number) }
    self.init(owning: number)
  }

  /// Ends a listening socket's listening while it stays open (shutdown(2)).
  func stopListening() { _ = shutdown(number, CInt(SHUT_RDWR)) }
}
