import Glibc

/// The sockets one listener accepts on: one for each address it listens at, all on the same port, or a socket file.
///
/// Several threads may accept from one listener.
public final class Listener: Sendable {
  /// Connections the kernel keeps for an endpoint while a turn of the loop is busy: more than two people ever need,
  /// enough that a burst of callers is answered rather than refused by the kernel.
  public static let endpointBacklog: CInt = 128

  /// A socket and the address it listens at. A class because a collection cannot hold a noncopyable socket.
  private final class Bound: Sendable {
    let socket: Socket
    let address: SocketAddress
    init(_ socket: consuming Socket, at address: SocketAddress) {
      self.socket = socket
      self.address = address
    }

    /// Binds a new socket and listens on it.
    init(listeningAt address: SocketAddress, acceptsIPv4: Bool, _ backlog: CInt) throws(SystemError) {
      let socket = try Socket(address.family)
      try socket.bind(to: address, acceptsIPv4: acceptsIPv4)
      try socket.listen(backlog: backlog)
      self.address = try socket.localAddress
      self.socket = socket
    }
  }

  private let bound: [Bound]
  private let file: SocketFile?
  /// Whether others hold these sockets too, and go on listening.
  public let isInherited: Bool

  /// Listens on every address of this machine: on one dual-stack socket, or on IPv4 alone where there is no IPv6.
  /// - Parameter port: 0 lets the system choose.
  public convenience init(anyAddressPort port: UInt16, backlog: CInt = endpointBacklog) throws(SystemError) {
    do {
      try self.init(at: [.any(.ipv6, port: port)], acceptsIPv4: true, backlog)
    } catch  where error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL {
      try self.init(at: [.any(.ipv4, port: port)], acceptsIPv4: false, backlog)
    }
  }

  /// Listens at each of `addresses`. When their port is 0 the system chooses one that is free for all of them.
  public convenience init(at addresses: [SocketAddress], backlog: CInt = endpointBacklog) throws(SystemError) {
    try self.init(at: addresses, acceptsIPv4: false, backlog)
  }

  private init(at addresses: [SocketAddress], acceptsIPv4: Bool, _ backlog: CInt) throws(SystemError) {
    precondition(!addresses.isEmpty)
    file = nil
    isInherited = false
    bound = try Listener.bind(to: addresses, acceptsIPv4: acceptsIPv4, backlog)
  }

  private static func bind(
    to addresses: [SocketAddress], acceptsIPv4: Bool, _ backlog: CInt
  ) throws(SystemError) -> [Bound] {
    // A port that is free on the first address can be taken on the second: then another is chosen.
    for attempt in 1... {
      var bound: [Bound] = []
      var notOurs: SystemError?
      do throws(SystemError) {
        for address in addresses {
          let chosen = bound.first?.address.port ?? address.port
          do throws(SystemError) {
            bound.append(try Bound(listeningAt: address.withPort(chosen), acceptsIPv4: acceptsIPv4, backlog))
          } catch  where error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT {
            // A name such as localhost may list an address this machine does not have; the others serve.
            notOurs = error
          }
        }
        if bound.isEmpty, let notOurs { throw notOurs }
        return bound
      } catch  where error.code == EADDRINUSE && addresses[0].port == 0 && attempt < 16 {
        continue
      }
    }
    preconditionFailure("the attempts are bounded")
  }

  /// Listens on a socket file, private to this user; it is removed when the listener ends.
  public init(unixPath path: String, backlog: CInt = endpointBacklog, mode: mode_t = 0o600) throws(SystemError) {
    isInherited = false
    let address = try SocketAddress(unixPath: path)
    let socket = try Socket(.unix)
    file = try SocketFile(binding: socket, to: address, path: path, mode: mode)
    try socket.listen(backlog: backlog)
    bound = [Bound(socket, at: address)]
  }

  /// Takes over sockets that listen already: from a service manager, or another program that started us.
  /// - Throws: `EINVAL` for what is no listening stream socket.
  public init(inherited numbers: [CInt]) throws(SystemError) {
    precondition(!numbers.isEmpty)
    file = nil
    isInherited = true
    var bound: [Bound] = []
    for number in numbers {
      let socket = try Socket(inheritedListener: number)
      let address = try socket.localAddress
      bound.append(Bound(socket, at: address))
    }
    self.bound = bound
  }

  /// Tunes the connections that will be accepted, as ``Socket/tuneForConversation(keepaliveAfter:)`` does one: on Linux
  /// a new connection takes these settings over from its listener, which saves half a dozen calls for each.
  public func tuneForConversation(keepaliveAfter seconds: CInt) throws(SystemError) {
    for listening in bound { try listening.socket.tuneForConversation(keepaliveAfter: seconds) }
  }

  /// Has connections that will be accepted give all their bytes in one order, urgent ones (TCP) too.
  public func keepUrgentBytesInline() throws(SystemError) {
    for listening in bound where listening.address.family != .unix { try listening.socket.keepUrgentBytesInline() }
  }

  /// Has the close of connections that will be accepted, and the end of this process, reach their peers as a reset, see
  /// ``Socket/resetAtClose()``. Each accepted socket can undo that for itself with ``Socket/deliverAtClose()``.
  public func resetAtClose() {
    for listening in bound { listening.socket.resetAtClose() }
  }

  /// Ends the queue: the kernel refuses connections from now on. Inherited sockets go on for those who share them
  /// with us: later connections wait for our successor.
  public func stop() {
    if isInherited { return }
    file?.remove()
    for listening in bound { listening.socket.stopListening() }
  }

  /// The addresses it listens at.
  public var addresses: [SocketAddress] { bound.map(\.address) }

  /// The descriptors to watch for ``Interest/reading``.
  public var numbers: [CInt] { bound.map { $0.socket.number } }

  /// Accepts one connection that waits on `number`.
  /// - Returns: nil when none waits: readiness is a hint, and another thread may have taken it.
  /// - Throws: a ``SystemError/isOutOfResources`` when no descriptor is left; the connection then still waits.
  public func accept(on number: CInt) throws(SystemError) -> Socket.Accepted? {
    guard let listening = bound.first(where: { $0.socket.number == number }) else {
      preconditionFailure("not a descriptor of this listener")
    }
    return try listening.socket.accept()
  }
}
