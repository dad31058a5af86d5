import Glibc

/// The sockets one listener accepts on: one for each address it listens at, all on the same port, or a socket file.
public final class Listener {
  /// Connections the kernel keeps for us while a turn of the loop is busy: more than two people ever need, enough
  /// that a burst of strangers is answered rather than refused.
  private static let backlog: CInt = 64

  /// A socket and where it listens. A class because a collection cannot hold a noncopyable socket.
  private final class Bound {
    let socket: Socket
    let address: SocketAddress
    init(_ socket: consuming Socket, at address: SocketAddress) {
      self.socket = socket
      self.address = address
    }

    /// Binds a new socket and listens on it.
    init(listeningAt address: SocketAddress, acceptsIPv4: Bool) throws(SystemError) {
      let socket = try Socket(address.family)
      try socket.bind(to: address, acceptsIPv4: acceptsIPv4)
      try socket.listen(backlog: Listener.backlog)
      self.address = try socket.localAddress
      self.socket = socket
    }
  }

  private var bound: [Bound] = []
  private let file: SocketFile?

  /// Listens on every address of this machine: on one dual-stack socket, or on IPv4 alone where there is no IPv6.
  /// - Parameter port: 0 lets the system choose.
  public convenience init(anyAddressPort port: UInt16) throws(SystemError) {
    do {
      try self.init(at: [.any(.ipv6, port: port)], acceptsIPv4: true)
    } catch  where error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL {
      try self.init(at: [.any(.ipv4, port: port)], acceptsIPv4: false)
    }
  }

  /// Listens at each of `addresses`. When their port is 0 the system chooses one that is free for all of them.
  public convenience init(at addresses: [SocketAddress]) throws(SystemError) {
    try self.init(at: addresses, acceptsIPv4: false)
  }

  private init(at addresses: [SocketAddress], acceptsIPv4: Bool) throws(SystemError) {
    precondition(!addresses.isEmpty)
    file = nil
    // A port that is free on the first address can be taken on the second: then another is chosen.
    for attempt in 1... {
      bound = []
      var notOurs: SystemError?
      do throws(SystemError) {
        for address in addresses {
          let chosen = bound.first?.address.port ?? address.port
          do throws(SystemError) {
            bound.append(try Bound(listeningAt: address.withPort(chosen), acceptsIPv4: acceptsIPv4))
          } catch  where error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT {
            // A name such as localhost may list an address this machine does not have; the others serve.
            notOurs = error
          }
        }
        if bound.isEmpty, let notOurs { throw notOurs }
        return
      } catch  where error.code == EADDRINUSE && addresses[0].port == 0 && attempt < 16 {
        continue
      }
    }
  }

  /// Listens on a socket file, private to this user; it is removed when the listener ends.
  public init(unixPath path: String) throws(SystemError) {
    let address = try SocketAddress(unixPath: path)
    let socket = try Socket(.unix)
    file = try SocketFile(binding: socket, to: address, path: path)
    try socket.listen(backlog: Listener.backlog)
    bound = [Bound(socket, at: address)]
  }

  /// Where it listens.
  public var addresses: [SocketAddress] { bound.map(\.address) }

  /// The descriptors to watch for ``Interest/reading``.
  public var numbers: [CInt] { bound.map { $0.socket.number } }

  /// Accepts one connection that waits on `number`.
  public func accept(on number: CInt) throws(SystemError) -> Socket.Accepted? {
    guard let listening = bound.first(where: { $0.socket.number == number }) else {
      preconditionFailure("not a descriptor of this listener")
    }
    return try listening.socket.accept()
  }
}
