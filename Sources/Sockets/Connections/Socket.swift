import CSystem
import Glibc

/// A stream socket with exactly one owner. It never blocks, is not inherited by programs we start, and is closed when
/// its owner is gone.
///
/// Endpoints and relays share this one class: create, bind, listen, accept, connect, send, receive, half-close,
/// close, on IPv4, IPv6 and Unix-domain addresses. "Would block" and end of stream are values of ``Transfer``; every
/// other failure is a ``SystemError``.
public struct Socket: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Takes ownership of an open, nonblocking socket.
  init(owning number: CInt) { descriptor = Descriptor(owning: number) }

  /// Creates a socket for addresses of `family`.
  /// - Throws: the error of socket(2), for instance a ``SystemError/isOutOfResources``.
  public init(_ family: SocketAddress.Family) throws(SystemError) {
    let domain =
      switch family {
      case .ipv4: AF_INET
      case .ipv6: AF_INET6
      case .unix: AF_UNIX
      }
    let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = Descriptor(owning: try SystemCalls.retrying("socket") { Glibc.socket(domain, type, 0) })
  }

  /// For interest in readiness, and as a key; it stays this socket's to close.
  public var number: CInt { descriptor.number }

  // MARK: Listening

  /// Takes an address. A TCP port that a just-ended listener left in TIME_WAIT can be taken again.
  /// - Parameter acceptsIPv4: on an IPv6 socket, whether IPv4 peers reach it too (RFC 3493 section 5.3).
  func bind(to address: SocketAddress, acceptsIPv4: Bool = false) throws(SystemError) {
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
  func listen(backlog: CInt) throws(SystemError) {
    _ = try SystemCalls.retrying("listen") { Glibc.listen(number, backlog) }
  }

  /// A connection that was accepted, and where it comes from.
  public struct Accepted: ~Copyable {
    /// The address it comes from.
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
  /// - Returns: nil when none waits. A connection that died while it waited counts as none (accept(2), "Error
  ///   handling").
  /// - Throws: a ``SystemError/isOutOfResources`` when no descriptor is left; the connection then still waits.
  func accept() throws(SystemError) -> Accepted? {
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
  /// - Returns: true when it is connected at once; false when ``takePendingError(of:)`` gives the outcome once the
  ///   socket is writable.
  public func connect(to address: SocketAddress) throws(SystemError) -> Bool {
    try SystemCalls.connect(number, to: address)
  }

  /// Takes the error that the kernel keeps for the next call (`SO_ERROR`, socket(7)). A second call finds none.
  ///
  /// After an attempt to connect has made the socket writable, this is how it ended. On a link that was up, it is the
  /// error that broke the link.
  /// - Parameter call: the call that the error is reported as, such as `connect`.
  /// - Returns: nil when there is no error.
  public func takePendingError(of call: String) throws(SystemError) -> SystemError? {
    let code = try SystemCalls.option(number, level: SOL_SOCKET, SO_ERROR)
    return code == 0 ? nil : SystemError(call: call, code: code)
  }

  // MARK: Transfers

  /// Hands bytes to the kernel, as many as it takes.
  public func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    try SystemCalls.send(number, bytes)
  }

  /// Takes what has arrived, up to the size of `buffer`, to its beginning.
  public func receive(into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    try SystemCalls.receive(number, into: &buffer)
  }

  /// Whether bytes wait to be read. Looks without taking (`MSG_PEEK`).
  public var hasUnreadBytes: Bool {
    var byte: [UInt8] = [0]
    if case .moved? = try? SystemCalls.receive(number, into: &byte, peeking: true) { return true }
    return false
  }

  /// Whether nothing is left to be read but the end of the stream, or a failure. Looks without taking (`MSG_PEEK`).
  public var hasOnlyItsEnd: Bool {
    var byte: [UInt8] = [0]
    return switch try? SystemCalls.receive(number, into: &byte, peeking: true) {
    case .moved, .wouldBlock: false
    case .endOfStream, nil: true
    }
  }

  /// Announces that no more will be sent; receiving goes on. A link that is already gone is no error here, but one of
  /// the next ``receive(into:)``.
  public func halfClose() {
    _ = try? SystemCalls.retrying("shutdown") { shutdown(number, CInt(SHUT_WR)) }
  }

  /// Closes both directions now. The kernel goes on delivering the bytes it still holds.
  public consuming func close() { descriptor.close() }

  /// Bytes handed to the kernel that the other side's kernel has not acknowledged (`SIOCOUTQ`, tcp(7)). 0 when the
  /// link is gone: that is no answer then.
  public var unacknowledgedBytes: Int {
    var bytes: CInt = 0
    return csystem_unacknowledged_bytes(number, &bytes) == 0 ? Int(bytes) : 0
  }
}
