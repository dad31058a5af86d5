import Basics
import ChatProtocol
import Glibc
import PeerSecurity
import Testing

@testable import RelayCore
@testable import RelayServer
@testable import Sockets

/// A relay on a thread of its own, on loopback. Ends with the test.
final class RunningRelay {
  let port: UInt16
  let plainPort: UInt16
  let metricsAddress: SocketAddress
  var metricsPort: UInt16 { metricsAddress.port }
  let control: RelayControl
  private let thread: WorkerThread

  init(
    guests: RelaySettings.Listening = .at(.host("127.0.0.1", port: 0)),
    metrics: RelaySettings.Listening = .at(.host("127.0.0.1", port: 0)), threads: Int = 1,
    bounds: Admission.Bounds = .none, access: AccessList = AccessList(), times: GuestTable.Times = GuestTable.Times(),
    drainDelay: Duration = .zero, drainTime: Duration = .seconds(60), limits: PairLimits = PairLimits(),
    proxies: ProxyList = ProxyList(), passes: [RelayPass] = []
  ) throws {
    let policy = RelayPolicy(
      bounds: bounds, access: access, proxies: proxies, passes: passes, times: times, pairLimits: limits,
      drainDelay: drainDelay, drainTime: drainTime, verbosity: -1)
    let settings = RelaySettings(
      guests: guests, policy: policy, plain: .at(.host("127.0.0.1", port: 0)), metrics: metrics, threads: threads,
      handlesSignals: false)
    nonisolated(unsafe) let relay = try Relay(settings)
    port = relay.port
    plainPort = relay.context.plainListener!.addresses[0].port
    metricsAddress = relay.metrics!.addresses[0]
    control = relay.control
    thread = try WorkerThread { relay.run() }
  }

  /// Returns when it has ended by itself.
  func waitForEnd() { thread.join() }

  deinit {
    control.end()
    control.end()
    thread.join()
  }

  /// A guest that has sent which room it wants.
  func guest(joining room: String, receiveBuffer: CInt? = nil) throws -> TestGuest {
    let guest = try TestGuest(port: port, receiveBuffer: receiveBuffer)
    try guest.send("TINCAN/1 JOIN \(room)\n")
    return guest
  }

  /// Two guests, joined.
  /// - Parameter receiveBuffer: of the second.
  func pair(_ room: String, receiveBuffer: CInt? = nil) throws -> (TestGuest, TestGuest) {
    let first = try guest(joining: room)
    try first.expect("TINCAN/1 WAIT\n")
    let second = try guest(joining: room, receiveBuffer: receiveBuffer)
    try second.expect("TINCAN/1 PAIRED 2\n")
    try first.expect("TINCAN/1 PAIRED 1\n")
    return (first, second)
  }

  /// A pair whose first has sent that much, which was carried, and whose second has read nothing of it.
  func pairWithLateReader(bytes: Int) throws -> (TestGuest, TestGuest) {
    let (first, second) = try pair("tea", receiveBuffer: 4096)
    let text = [UInt8](repeating: 1, count: bytes)
    try first.send(text[...])
    try expectMetric("bytes_total", bytes)
    return (first, second)
  }

  /// A metric's value now.
  func metric(_ name: String) throws -> Int {
    let client = try TestGuest(to: metricsAddress)
    try client.send("GET /metrics HTTP/1.0\r\n\r\n")
    let page = try client.rest()
    let line = try #require(page.split(separator: "\n").first { $0.hasPrefix("tincan_relay_\(name) ") }, "\(page)")
    return try #require(Int(line.split(separator: " ").last!))
  }

  /// Waits until a metric has a value: it is counted by another thread than the one that makes the page.
  func expectMetric(_ name: String, _ value: Int) throws {
    let deadline = MonotonicClock.now() + TestGuest.timeout
    while true {
      let now = try metric(name)
      if now == value { return }
      try #require(MonotonicClock.now() < deadline, "\(name) is \(now), not \(value)")
    }
  }
}

extension RunningRelay {
  /// Waits until it drains.
  func expectDraining() throws { try expectMetric("draining", 1) }
}

extension Admission.Bounds {
  static let none = Admission.Bounds(
    guests: 0, waiting: 0, connectionsPerMinute: 0, withoutPartnerPerSource: 0, guestsPerSource: 0)
}

/// One who connects to a relay in a test. Everything it waits for comes within ``timeout``, or the test fails.
final class TestGuest {
  static let timeout = Duration.seconds(20)

  enum Failure: Error {
    case refused(SystemError)
    case nothingCame(received: String)
    case unexpected(String)
    case ended(received: String)
  }

  private var socket: Socket?
  private let number: CInt
  private var received: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  /// - Parameter receiveBuffer: bytes the kernel holds for it at most, about; nil for as many as it likes.
  convenience init(port: UInt16, receiveBuffer: CInt? = nil) throws {
    try self.init(to: SocketAddress.loopback(port: port), receiveBuffer)
  }
  convenience init(unixPath: String) throws { try self.init(to: SocketAddress(unixPath: unixPath)) }

  init(to address: SocketAddress, _ receiveBuffer: CInt? = nil) throws {
    let socket = try Socket(address.family)
    if var receiveBuffer {
      setsockopt(socket.number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
    }
    do {
      let isConnected = try socket.connect(to: address)
      // On loopback the kernel decides at once.
      if !isConnected, let error = try socket.takePendingError(of: "connect") { throw error }
    } catch let error as SystemError {
      throw Failure.refused(error)
    }
    number = socket.number
    self.socket = consume socket
  }

  func send(_ text: String) throws { try send(Array(text.utf8)[...]) }

  func send(_ bytes: ArraySlice<UInt8>) throws {
    var rest = bytes
    while !rest.isEmpty {
      switch try socket!.send(rest) {
      case .moved(let count): rest = rest.dropFirst(count)
      case .wouldBlock, .endOfStream: try wait(for: .writing)
      }
    }
  }

  /// Sends one urgent byte (TCP).
  func sendUrgently(_ byte: UInt8) {
    var byte = byte
    _ = Glibc.send(number, &byte, 1, CInt(MSG_OOB) | CInt(MSG_NOSIGNAL))
  }

  /// Sends a text and passes a descriptor along with it (unix(7)).
  func send(_ text: String, passing descriptor: CInt) {
    var bytes = Array(text.utf8)
    let count = bytes.count
    // A cmsghdr of 16 bytes: its length, SOL_SOCKET, SCM_RIGHTS (1); then the descriptor; padded to eight.
    var control = [UInt64](repeating: 0, count: 3)
    control.withUnsafeMutableBytes { control in
      control.storeBytes(of: 20, as: UInt64.self)
      control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: CInt.self)
      control.storeBytes(of: 1, toByteOffset: 12, as: CInt.self)
      control.storeBytes(of: descriptor, toByteOffset: 16, as: CInt.self)
      bytes.withUnsafeMutableBytes { bytes in
        var part = iovec(iov_base: bytes.baseAddress, iov_len: count)
        withUnsafeMutablePointer(to: &part) { part in
          var message = msghdr()
          (message.msg_iov, message.msg_iovlen) = (part, 1)
          (message.msg_control, message.msg_controllen) = (control.baseAddress, control.count)
          _ = sendmsg(number, &message, CInt(MSG_NOSIGNAL))
        }
      }
    }
  }

  /// Sends what is taken without waiting.
  func sendSome(_ bytes: ArraySlice<UInt8>) throws -> Int {
    if case .moved(let count) = try socket!.send(bytes) { count } else { 0 }
  }

  /// Hears exactly this next.
  func expect(_ text: String) throws {
    while received.count < text.utf8.count, received.elementsEqual(text.utf8.prefix(received.count)) {
      guard try receive() else { throw Failure.ended(received: String(decoding: received, as: UTF8.self)) }
    }
    guard received.starts(with: text.utf8) else { throw Failure.unexpected(String(decoding: received, as: UTF8.self)) }
    received.removeFirst(text.utf8.count)
  }

  /// The next so many characters, whatever they are.
  func next(_ count: Int) throws -> String {
    while received.count < count {
      guard try receive() else { throw Failure.ended(received: String(decoding: received, as: UTF8.self)) }
    }
    defer { received.removeFirst(count) }
    return String(decoding: received.prefix(count), as: UTF8.self)
  }

  /// Hears that no more comes.
  func expectEnd() throws {
    guard try rest().isEmpty else { throw Failure.unexpected("bytes before the end") }
  }

  /// The text up to the end of the stream.
  func rest() throws -> String {
    while try receive() {}
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  /// Hears that many bytes, and forgets them.
  /// - Returns: their sum.
  func swallow(_ count: Int) throws -> Int {
    var (left, sum) = (count, 0)
    while left > 0 {
      if received.isEmpty, try !receive() { throw Failure.ended(received: "\(count - left) bytes") }
      for byte in received { sum += Int(byte) }
      left -= received.count
      received = []
    }
    return sum
  }

  /// Takes what is there now, without waiting, and forgets it.
  /// - Returns: how many bytes it was.
  func take() throws -> Int {
    guard case .moved(let count) = try socket!.receive(into: &buffer) else { return 0 }
    return count
  }

  /// Waits until one of two has something to read, or the time is over.
  func waitToRead(or other: TestGuest, atMost time: Duration) throws {
    var set = PollSet()
    for guest in [self, other] { set.watch(guest.number, for: .reading) }
    try set.wait(atMost: time)
  }

  /// Sees the link reset, whatever comes before.
  func expectReset() throws {
    do {
      while try receive() {}
    } catch let error as SystemError where error.call == "recv" {
      return
    }
    throw Failure.unexpected("a goodbye")
  }

  func halfClose() { socket!.halfClose() }
  func close() { socket = nil }
  func reset() {
    socket!.resetAtClose()
    socket = nil
  }

  /// Waits for bytes.
  /// - Returns: false at the end of the stream.
  private func receive() throws -> Bool {
    while true {
      switch try socket!.receive(into: &buffer) {
      case .moved(let count):
        received += buffer[..<count]
        return true
      case .endOfStream: return false
      case .wouldBlock: try wait(for: .reading)
      }
    }
  }

  private func wait(for interest: Interest) throws {
    var set = PollSet()
    set.watch(number, for: interest)
    try set.wait(atMost: TestGuest.timeout)
    if set.readiness(of: number).isEmpty {
      throw Failure.nothingCame(received: String(decoding: received, as: UTF8.self))
    }
  }
}

extension SocketAddress {
  static func loopback(port: UInt16) -> SocketAddress {
    // Not looked up: that takes a descriptor, and some tests leave none.
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        SocketAddress($0, length: socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
