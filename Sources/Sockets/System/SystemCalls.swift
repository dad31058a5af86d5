import CSystem
import Glibc

/// The result of a read or a write that did not fail.
public enum Transfer: Equatable, Sendable {
  /// This many bytes were moved, at least one.
  case moved(Int)
  /// Nothing moved: try again when the descriptor is ready.
  case wouldBlock
  /// Nothing moved and nothing will: the other side sends no more. Reads only.
  case endOfStream
}

/// The one place that decides what the error numbers common to all system calls mean.
///
/// - `EINTR`: an interrupted call is made again, except one that waits or connects. A wait ends with nothing ready,
///   so that the caller computes its timeout anew; a connection attempt goes on by itself.
/// - `EAGAIN` and end of stream are values of ``Transfer``.
/// - `EBADF` is a bug of ours and traps. Descriptors that the caller of the program handed over are checked before
///   (``NonblockingStream``).
/// - `close` is never repeated: on Linux the descriptor is gone whatever close(2) returns.
/// - A shortage of descriptors or memory is ``SystemError/isOutOfResources``.
enum SystemCalls {
  /// Makes a call, again while a signal interrupts it.
  /// - Returns: its result; a failure as the negative error number, as the kernel itself returns it. Without an error
  ///   to throw, this costs the path of a forwarded line nothing.
  @inline(__always)
  static func result<Result: FixedWidthInteger & SignedInteger>(
    _ call: StaticString, _ body: () -> Result
  ) -> Result {
    while true {
      let result = body()
      if result != -1 { return result }
      let code = errno
      if code == EINTR { continue }
      precondition(code != EBADF, "\(call) on a descriptor that is not open")
      return Result(-code)
    }
  }

  /// Makes a call, again while a signal interrupts it, and throws its failure.
  static func retrying<Result: FixedWidthInteger & SignedInteger>(
    _ call: StaticString, _ body: () -> Result
  ) throws(SystemError) -> Result {
    let result = result(call, body)
    guard result < 0 else { return result }
    throw SystemError(call: "\(call)", code: CInt(-result))
  }

  /// Makes a call that waits for readiness.
  /// - Returns: how many descriptors are ready; 0 also when a signal ended the wait.
  static func waiting(_ call: StaticString, _ body: () -> CInt) throws(SystemError) -> Int {
    let count = body()
    if count >= 0 { return Int(count) }
    let code = errno
    if code == EINTR { return 0 }
    precondition(code != EBADF, "\(call) on a descriptor that is not open")
    throw SystemError(call: "\(call)", code: code)
  }

  /// The events of `poll` that a descriptor has now, 0 when there are none.
  static func pollNow(_ descriptor: CInt, for events: CInt) -> CInt {
    var entry = pollfd(fd: descriptor, events: CShort(events), revents: 0)
    return result("poll") { poll(&entry, 1, 0) } > 0 ? CInt(entry.revents) : 0
  }

  // MARK: Transfers

  static func read(_ descriptor: CInt, into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    try transfer("read") {
      buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    }
  }

  static func write(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    try transfer("write") { bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } }
  }

  /// Reads without waiting, whatever the open file description says.
  /// - Throws: `EOPNOTSUPP` where the kernel cannot do that.
  static func readNow(_ descriptor: CInt, into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    try transfer("preadv2") {
      buffer.withUnsafeMutableBytes { csystem_read_now(descriptor, $0.baseAddress, $0.count) }
    }
  }

  /// Writes without waiting, whatever the open file description says.
  /// - Throws: `EOPNOTSUPP` where the kernel cannot do that.
  static func writeNow(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    try transfer("pwritev2") { bytes.withUnsafeBytes { csystem_write_now(descriptor, $0.baseAddress, $0.count) } }
  }

  static func receive(
    _ descriptor: CInt, into buffer: inout [UInt8], peeking: Bool = false
  ) throws(SystemError) -> Transfer {
    let flags = CInt(MSG_DONTWAIT) | (peeking ? CInt(MSG_PEEK) : 0)
    return try transfer("recv") {
      buffer.withUnsafeMutableBytes { Glibc.recv(descriptor, $0.baseAddress, $0.count, flags) }
    }
  }

  static func send(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    // MSG_NOSIGNAL: a peer that is gone is an error here, never SIGPIPE.
    let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
    return try transfer("send") {
      bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
    }
  }

  private static func transfer(_ call: StaticString, _ body: () -> Int) throws(SystemError) -> Transfer {
    switch result(call, body) {
    case 0: return .endOfStream
    case let count where count > 0: return .moved(count)
    case -Int(EAGAIN): return .wouldBlock
    case let failure: throw SystemError(call: "\(call)", code: CInt(-failure))
    }
  }

  // MARK: Sockets

  /// Starts to connect.
  /// - Returns: whether it is connected already. Otherwise the attempt goes on, after a signal too (connect(2)).
  static func connect(_ descriptor: CInt, to address: SocketAddress) throws(SystemError) -> Bool {
    if address.withSockaddr({ Glibc.connect(descriptor, $0, $1) }) == 0 { return true }
    let code = errno
    if code == EINPROGRESS || code == EINTR { return false }
    precondition(code != EBADF, "connect on a descriptor that is not open")
    throw SystemError(call: "connect", code: code)
  }

  static func setOption(_ descriptor: CInt, level: CInt, _ option: CInt, _ value: CInt) throws(SystemError) {
    var value = value
    _ = try retrying("setsockopt") {
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  static func option(_ descriptor: CInt, level: CInt, _ option: CInt) throws(SystemError) -> CInt {
    var value: CInt = 0
    var length = socklen_t(MemoryLayout<CInt>.size)
    _ = try retrying("getsockopt") { getsockopt(descriptor, level, option, &value, &length) }
    return value
  }

  static func close(_ descriptor: CInt) {
    let result = Glibc.close(descriptor)
    precondition(result == 0 || errno != EBADF, "close of a descriptor that is not open")
  }
}
