import Glibc
import Testing

@testable import Sockets

/// A numeric IPv4 or IPv6 address.
func address(_ text: String, port: UInt16 = 0) -> SocketAddress {
  var four = sockaddr_in()
  if inet_pton(AF_INET, text, &four.sin_addr) == 1 {
    four.sin_family = sa_family_t(AF_INET)
    four.sin_port = port.bigEndian
    return copy(of: four)
  }
  var six = sockaddr_in6()
  precondition(inet_pton(AF_INET6, text, &six.sin6_addr) == 1, "\(text) is no address")
  six.sin6_family = sa_family_t(AF_INET6)
  six.sin6_port = port.bigEndian
  return copy(of: six)
}

private func copy<Address>(of value: Address) -> SocketAddress {
  withUnsafePointer(to: value) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      SocketAddress($0, length: socklen_t(MemoryLayout<Address>.size))
    }
  }
}

/// Whether this machine has the IPv6 loopback address.
let hasIPv6: Bool = {
  guard let socket = try? Socket(.ipv6) else { return false }
  return (try? socket.bind(to: address("::1"))) != nil
}()

/// Waits until a descriptor is ready. The event has happened or is about to: the limit only ends a test that fails.
func wait(for number: CInt, _ interest: Interest) throws -> Readiness {
  var set = PollSet()
  set.watch(number, for: interest)
  try set.wait(atMost: .seconds(30))
  let readiness = set.readiness(of: number)
  try #require(!readiness.isEmpty, "nothing happened on the descriptor")
  return readiness
}

/// Two connected sockets.
struct SocketPair: ~Copyable {
  let left: Socket
  let right: Socket

  init(left: consuming Socket, right: consuming Socket) {
    self.left = left
    self.right = right
  }

  /// Connects over `listener`.
  init(over listener: Listener) throws {
    let target = listener.addresses[0]
    let socket = try Socket(target.family)
    try connect(socket, to: target)
    _ = try wait(for: listener.numbers[0], .reading)
    guard let accepted = try listener.accept(on: listener.numbers[0]) else { throw Missing(what: "a connection") }
    self.init(left: socket, right: accepted.take())
  }

  /// Connects over the IPv4 loopback address.
  init() throws { try self.init(over: Listener(at: [address("127.0.0.1")])) }
}

struct Missing: Error { let what: String }

/// Connects, waiting for the outcome.
func connect(_ socket: borrowing Socket, to address: SocketAddress) throws {
  if try socket.connect(to: address) { return }
  _ = try wait(for: socket.number, .writing)
  if let error = try socket.takePendingError(of: "connect") { throw error }
}

/// Sends all of a text, waiting as often as it takes.
func send(_ text: String, on socket: borrowing Socket) throws {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    if case .moved(let count) = try socket.send(rest) { rest = rest.dropFirst(count) }
    if !rest.isEmpty { _ = try wait(for: socket.number, .writing) }
  }
}

/// Receives so many bytes, waiting as often as it takes; fewer when the stream ends before.
func receive(_ count: Int, on socket: borrowing Socket) throws -> String {
  var received: [UInt8] = []
  while received.count < count {
    var buffer = [UInt8](repeating: 0, count: count - received.count)
    switch try socket.receive(into: &buffer) {
    case .moved(let moved): received += buffer[..<moved]
    case .wouldBlock: _ = try wait(for: socket.number, .reading)
    case .endOfStream: return String(decoding: received, as: UTF8.self)
    }
  }
  return String(decoding: received, as: UTF8.self)
}

/// The result of one receive once there is something to receive.
func nextReceive(on socket: borrowing Socket) throws -> Transfer {
  _ = try wait(for: socket.number, .reading)
  var buffer = [UInt8](repeating: 0, count: 4096)
  return try socket.receive(into: &buffer)
}

/// Makes the closing of a socket a reset: what waits is thrown away and the other side is told so (SO_LINGER of 0).
func closeWithReset(_ socket: consuming Socket) {
  var option = linger(l_onoff: 1, l_linger: 0)
  setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  socket.close()
}

/// The system error a call ends with, nil when it does not fail.
func systemError<Result>(_ call: () throws -> Result) throws -> SystemError? {
  do { _ = try call() } catch let error as SystemError { return error }
  return nil
}
