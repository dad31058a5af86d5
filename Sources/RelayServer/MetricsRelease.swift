import Sockets

/// Asks a relay that drains to leave the address of its metrics to its successor. It goes on with its pairs, and
/// answers nobody there any more.
enum MetricsRelease {
  /// How long the other may take to answer: it is on this machine.
  private static let timeout = Duration.seconds(1)

  /// - Parameter found: the addresses of a host's name.
  /// - Returns: whether it has left, so that listening is worth another try.
  static func ask(at address: ListeningAddress, _ found: [SocketAddress]) -> Bool {
    let addresses =
      switch address {
      case .unix(let path): (try? SocketAddress(unixPath: path)).map { [$0] } ?? []
      // To connect to every address is to connect to this machine's own.
      case .everywhere(let port): [SocketAddress.any(.ipv4, port: port), .any(.ipv6, port: port)]
      case .host: found
      }
    return addresses.contains { (try? ask(at: $0)) ?? false }
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
