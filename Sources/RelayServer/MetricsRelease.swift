import Sockets

/// Asks a relay that drains to leave the address of its metrics to its successor. It goes on with its pairs, and
/// answers nobody there any more.
enum MetricsRelease {
  /// How long the other may take to answer: it is on this machine.
  private static let timeout = Duration.seconds(1)

  /// - Returns: whether it has left, so that listening is worth another try.
  static func ask(at address: ListeningAddress) -> Bool {
    addresses(of: address).contains { (try? ask(at: $0)) ?? false }
  }

  private static func addresses(of address: ListeningAddress) -> [SocketAddress] {
    switch address {
    case .unix(let path): return (try? SocketAddress(unixPath: path)).map { [$0] } ?? []
    case .everywhere(let port): return addresses(of: .host("localhost", port: port))
    case .host(let host, let port):
      guard case .success(let found) = Resolver.waitForAddresses(of: host, port: port, toListen: false) else {
        return []
      }
      return found
    }
  }

  private static func ask(at address: SocketAddress) throws(SystemError) -> Bool {
    let socket = try Socket(address.family)
    let deadline = MonotonicClock.now() + timeout
    if try !socket.connect(to: address) { try wait(for: .writing, on: socket, until: deadline) }
    guard try socket.takePendingError(of: "connect") == nil else { return false }
    _ = try socket.send(Array(MetricsRequest.release.utf8)[...])
    var buffer = [UInt8](repeating: 0, count: 1024)
    while MonotonicClock.now() < deadline {
      try wait(for: .reading, on: socket, until: deadline)
      switch try socket.receive(into: &buffer) {
      case .moved(let count): return String(decoding: buffer[..<count], as: UTF8.self).hasPrefix("HTTP/1.0 200 ")
      case .endOfStream: return false
      case .wouldBlock: break
      }
    }
    return false
  }

  private static func wait(
    for interest: Interest, on socket: borrowing Socket, until deadline: Duration
  ) throws(SystemError) {
    var set = PollSet()
    set.watch(socket.number, for: interest)
    try set.wait(atMost: max(.zero, deadline - MonotonicClock.now()))
  }
}
