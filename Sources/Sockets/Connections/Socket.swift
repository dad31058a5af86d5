import CSystem
import Glibc

/// A stream socket with exactly one owner. It never blocks, is not inherited by programs we start, and is closed when
/// its owner is gone.
///
/// This is the one class of socket that servers, clients and relays share: create, bind, listen, accept, connect,
/// send, receive, half-close, close, on IPv4, IPv6 and Unix-domain addresses. "Would block" and end of stream are
/// values of ``Transfer``; everything else that goes wrong is a ``SystemError``.
public struct Socket: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Takes ownership of an open, nonblocking socket.
  init(owning number: CInt) { descriptor = Descriptor(owning: number) }

  /// Creates a socket for addresses of `family`.
  /// - Throws: what socket(2) says, for instance that no descriptor is left.
  public init(_ family: SocketAddress.Family) throws(SystemError) {
    let domain =
      switch family {
      case .ipv4: AF_INET
      case .ipv6: AF_INET6
      case .unix: AF_UNIX
      }
    let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let number = try SystemCalls.retrying("socket") { Glibc.socket(domain, type, 0) }
    descriptor = Descriptor(owning: number)
  }

  /// For interest in readiness, and as a key; it stays this socket's to close.
  public var number: CInt { descriptor.number }

  // MARK: Listening

  /// Takes an address. A TCP port that a just-ended listener left in TIME_WAIT can be taken again.
  /// - Parameter acceptsIPv4: on an IPv6 socket, whether IPv4 peers reach it too (RFC 3493 section 5.3).
  public func bind(to address: SocketAddress, acceptsIPv4: Bool = false) throws(SystemError) {
    if address.family != .unix {
      try SystemCalls.setOption(number, level: SOL_SOCKET, SO_REUSEADDR, 1)
    }
    if address.family == .ipv6 {
      try SystemCalls.setOption(number, level: CInt(IPPROTO_IPV6), IPV6_V6ONLY, acceptsIPv4 ? 0 : 1)
    }
    _ = try SystemCalls.retrying("bind") { address.withSockaddr { Glibc.bind(number, $0, $1) } }
  }

  /// Starts to accept.
  /// - Parameter backlog: connections the kernel holds for us until they are accepted.
  public func listen(backlog: CInt) throws(SystemError) {
    _ = try SystemCalls.retrying("listen") { Glibc.listen(number, backlog) }
  }

  /// A connection that was accepted, and where it comes from.
  public struct Accepted: ~Copyable {
    public let address: SocketAddress
    private let socket: Socket

    init(_ socket: consuming Socket, from address: SocketAddress) {
      self.socket = socket
      self.address = address
    }

    /// Hands the socket to its owner.
    public consuming func take() -> Socket { socket }
  }

  /// Accepts one waiting connection.
  /// - Returns: nil when none waits. A connection that died while it waited counts as none (accept(2), "Error handling").
  /// - Throws: for instance `EMFILE` when no descriptor is left; the connection then still waits.
  public func accept() throws(SystemError) -> Accepted? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    do {
      let (accepted, address) = try withSockaddr(of: &storage) { pointer throws(SystemError) in
        let accepted = try SystemCalls.retrying("accept") { csystem_accept(number, pointer, &length) }
        return (accepted, SocketAddress(pointer, length: length))
      }
      return Accepted(Socket(owning: accepted), from: address)
    } catch {
      switch error.code {
      case EAGAIN, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
        ENETUNREACH:
        return nil
      default: throw error
      }
    }
  }

  // MARK: Connecting

  /// Starts to connect.
  /// - Returns: true when it is connected at once; false when ``connectFailure()`` tells once the socket is writable.
  public func connect(to address: SocketAddress) throws(SystemError) -> Bool {
    // Not repeated after EINTR: the attempt then goes on by itself (connect(2)).
    if address.withSockaddr({ Glibc.connect(number, $0, $1) }) == 0 { return true }
    switch errno {
    case EINPROGRESS, EINTR: return false
    // EAGAIN: a Unix-domain listener whose backlog is full. There is nothing to wait for (connect(2)).
    default: throw SystemError(call: "connect", code: errno)
    }
  }

  /// How an attempt that made the socket writable ended: nil when it is connected (connect(2), `SO_ERROR`). Later: what
  /// broke the link, once.
  public func connectFailure() throws(SystemError) -> SystemError? {
    var code: CInt = 0
    var length = socklen_t(MemoryLayout<CInt>.size)
    _ = try SystemCalls.retrying("getsockopt") { getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) }
    return code == 0 ? nil : SystemError(call: "connect", code: code)
  }

  // MARK: Talking

  /// Hands bytes to the kernel, as many as it takes.
  public func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    try SystemCalls.send(number, bytes)
  }

  /// Takes what has arrived, up to the size of `buffer`, to its beginning.
  public func receive(into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    try SystemCalls.receive(number, into: &buffer)
  }

  /// Announces that no more will be sent; receiving goes on. A link that is already gone is no error here: the next
  /// ``receive(into:)`` tells.
  public func halfClose() {
    _ = try? SystemCalls.retrying("shutdown") { shutdown(number, CInt(SHUT_WR)) }
  }

  /// Closes both directions now. What the kernel still holds it goes on delivering.
  public consuming func close() { descriptor.close() }

  // MARK: Settings and questions

  /// Sends each message at once instead of waiting for more (Nagle's algorithm off; RFC 9293 section 3.7.4), and has the
  /// kernel probe a silent peer, so that one whose machine vanished is noticed: after `seconds` of silence, then
  /// every `seconds`, until three probes stay unanswered. Nothing to do on a Unix-domain socket.
  public func tuneForConversation(probeAfter seconds: CInt) throws(SystemError) {
    guard try localAddress.family != .unix else { return }
    let tcp = CInt(IPPROTO_TCP)
    try SystemCalls.setOption(number, level: tcp, TCP_NODELAY, 1)
    try SystemCalls.setOption(number, level: SOL_SOCKET, SO_KEEPALIVE, 1)
    try SystemCalls.setOption(number, level: tcp, TCP_KEEPIDLE, seconds)
    try SystemCalls.setOption(number, level: tcp, TCP_KEEPINTVL, seconds)
    try SystemCalls.setOption(number, level: tcp, TCP_KEEPCNT, 3)
  }

  /// The address this socket is bound to.
  public var localAddress: SocketAddress {
    get throws(SystemError) {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      return try withSockaddr(of: &storage) { pointer throws(SystemError) in
        _ = try SystemCalls.retrying("getsockname") { getsockname(number, pointer, &length) }
        return SocketAddress(pointer, length: length)
      }
    }
  }

  /// Bytes handed to the kernel that the other side's kernel has not acknowledged (`SIOCOUTQ`, tcp(7)). 0 when the
  /// link is gone, which says nothing then.
  public var unacknowledgedBytes: Int {
    var bytes: CInt = 0
    return csystem_unacknowledged_bytes(number, &bytes) == 0 ? Int(bytes) : 0
  }

  private func withSockaddr<Result>(
    of storage: inout sockaddr_storage, _ body: (UnsafeMutablePointer<sockaddr>) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    try withUnsafeMutablePointer(to: &storage) { pointer throws(SystemError) in
      try body(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self))
    }
  }
}
