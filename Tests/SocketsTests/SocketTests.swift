import CSystem
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Sockets", .serialized, .leavesNoDescriptor)
struct SocketTests {
  @Test("Two sockets exchange bytes over loopback, on a port the system chose")
  func exchange() throws {
    let listener = try Listener(at: [address("127.0.0.1")])
    #expect(listener.addresses[0].port != 0)
    let pair = try SocketPair(over: listener)
    try send("hello", on: pair.left)
    #expect(try receive(5, on: pair.right) == "hello")
    try send("hello yourself", on: pair.right)
    #expect(try receive(14, on: pair.left) == "hello yourself")
    #expect(try pair.left.localAddress.host == "127.0.0.1")
    #expect(try pair.right.localAddress == listener.addresses[0])
  }

  @Test("Two sockets exchange bytes over a socket file")
  func exchangeOverFile() throws {
    let directory = TemporaryDirectory()
    let listener = try Listener(unixPath: directory.file("socket"))
    let pair = try SocketPair(over: listener)
    try send("hello", on: pair.left)
    #expect(try receive(5, on: pair.right) == "hello")
    try send("back", on: pair.right)
    #expect(try receive(4, on: pair.left) == "back")
    try pair.left.tuneForConversation(keepaliveAfter: 15)
  }

  @Test("Half-close ends one direction and leaves the other open")
  func halfClose() throws {
    let pair = try SocketPair()
    try send("last", on: pair.left)
    pair.left.halfClose()
    #expect(try receive(100, on: pair.right) == "last")
    #expect(try nextReceive(on: pair.right) == .endOfStream)
    try send("still here", on: pair.right)
    #expect(try receive(10, on: pair.left) == "still here")
  }

  @Test("Both ends that half-close at once see the end of stream")
  func bothHalfClose() throws {
    let pair = try SocketPair()
    pair.left.halfClose()
    pair.right.halfClose()
    #expect(try nextReceive(on: pair.left) == .endOfStream)
    #expect(try nextReceive(on: pair.right) == .endOfStream)
    // Once more is no error.
    pair.left.halfClose()
  }

  @Test("A write after half-close is an error and no signal")
  func writeAfterHalfClose() throws {
    let pair = try SocketPair()
    pair.left.halfClose()
    #expect(throws: SystemError(call: "send", code: EPIPE)) { _ = try pair.left.send([1]) }
  }

  @Test("A reset is seen as an error after the bytes that came before it were read")
  func reset() throws {
    let pair = try SocketPair()
    try send("last words", on: pair.right)
    let left = pair.left
    closeWithReset(pair.right)
    let readiness = try wait(for: left.number, .reading)
    #expect(readiness.isSuperset(of: [.readable, .hungUp]))
    #expect(try receive(10, on: left) == "last words")
    #expect(try systemError { try nextReceive(on: left) } == SystemError(call: "recv", code: ECONNRESET))
  }

  @Test("A reset after half-close is seen as an error too")
  func resetAfterHalfClose() throws {
    let pair = try SocketPair()
    pair.left.halfClose()
    #expect(try nextReceive(on: pair.right) == .endOfStream)
    let left = pair.left
    closeWithReset(pair.right)
    #expect(try systemError { try nextReceive(on: left) } == SystemError(call: "recv", code: ECONNRESET))
    left.halfClose()
  }

  @Test("What would block is a value, for reading and for writing")
  func wouldBlock() throws {
    let pair = try SocketPair()
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(try pair.left.receive(into: &buffer) == .wouldBlock)
    let block = [UInt8](repeating: 0, count: 1 << 16)
    var sent = 0
    while case .moved(let count) = try pair.left.send(block[...]) { sent += count }
    #expect(sent > 0)
    #expect(pair.left.unacknowledgedBytes > 0)
    var received = 0
    var large = [UInt8](repeating: 0, count: 1 << 20)
    while received < sent {
      _ = try wait(for: pair.right.number, .reading)
      if case .moved(let count) = try pair.right.receive(into: &large) { received += count }
    }
    #expect(received == sent)
  }

  @Test("A connection nobody listens for is refused")
  func refused() throws {
    // Bound and not listening: nobody else can take the port meanwhile.
    let bound = try Socket(.ipv4)
    try bound.bind(to: address("127.0.0.1"))
    let target = try bound.localAddress
    let socket = try Socket(.ipv4)
    #expect(try systemError { try connect(socket, to: target) }?.code == ECONNREFUSED)
  }

  @Test("A socket that reached itself is noticed")
  func toItself() throws {
    let socket = try Socket(.ipv4)
    try socket.bind(to: address("127.0.0.1"))
    try connect(socket, to: try socket.localAddress)
    #expect(try socket.isConnectedToItself)
    let pair = try SocketPair()
    #expect(try !pair.left.isConnectedToItself)
    #expect(try !pair.right.isConnectedToItself)
  }

  @Test("A socket file that is not there, or that nobody listens on, is an error of connect")
  func refusedOverFile() throws {
    let directory = TemporaryDirectory()
    let target = try SocketAddress(unixPath: directory.file("socket"))
    let first = try Socket(.unix)
    #expect(try systemError { try connect(first, to: target) } == SystemError(call: "connect", code: ENOENT))
    let bound = try Socket(.unix)
    try bound.bind(to: target)
    let second = try Socket(.unix)
    #expect(try systemError { try connect(second, to: target) } == SystemError(call: "connect", code: ECONNREFUSED))
  }

  @Test("Nobody waiting is nobody accepted")
  func nobodyWaits() throws {
    let listener = try Listener(at: [address("127.0.0.1")])
    let accepted = try listener.accept(on: listener.numbers[0])
    let isNobody = accepted == nil
    #expect(isNobody)
  }

  @Test("One that is gone before it was accepted is accepted with its end, or counts as none")
  func goneBeforeAccepted() throws {
    let listener = try Listener(at: [address("127.0.0.1")])
    let socket = try Socket(.ipv4)
    try connect(socket, to: listener.addresses[0])
    closeWithReset(socket)
    guard let accepted = try listener.accept(on: listener.numbers[0]) else { return }
    let taken = accepted.take()
    #expect(try systemError { try nextReceive(on: taken) }?.code == ECONNRESET)
  }

  @Test("No socket blocks, and none is inherited by programs we start")
  func flags() throws {
    let listener = try Listener(at: [address("127.0.0.1")])
    let pair = try SocketPair(over: listener)
    for number in [pair.left.number, pair.right.number, listener.numbers[0]] {
      // The flags as the kernel lists them, in octal: fcntl has variable arguments, which Swift cannot call.
      let text = try #require(TextFile.read("/proc/self/fdinfo/\(number)"))
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags:") })
      let flags = try #require(CInt(line.dropFirst(6).drop { $0 == "\t" || $0 == " " }, radix: 8))
      #expect(flags & O_NONBLOCK != 0)
      #expect(flags & O_CLOEXEC != 0)
    }
  }

  @Test("Tuning sets what it says")
  func tuning() throws {
    let pair = try SocketPair()
    try pair.left.tuneForConversation(keepaliveAfter: 15)
    func option(_ level: CInt, _ name: CInt) -> CInt {
      var value: CInt = -1
      var length = socklen_t(MemoryLayout<CInt>.size)
      getsockopt(pair.left.number, level, name, &value, &length)
      return value
    }
    #expect(option(CInt(IPPROTO_TCP), TCP_NODELAY) == 1)
    #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
    #expect(option(CInt(IPPROTO_TCP), TCP_KEEPIDLE) == 15)
    #expect(option(CInt(IPPROTO_TCP), TCP_KEEPINTVL) == 15)
    #expect(option(CInt(IPPROTO_TCP), TCP_KEEPCNT) == 3)
  }
}
