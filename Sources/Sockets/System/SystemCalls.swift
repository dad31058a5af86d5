import CSystem
import Glibc

/// What a read or a write on a descriptor came to, besides failing.
public enum Transfer: Equatable, Sendable {
  /// This many bytes were moved, at least one.
  case moved(Int)
  /// Nothing moved: try again when the descriptor is ready.
  case wouldBlock
  /// Nothing moved and nothing will: the other side sends no more. Reads only.
  case endOfStream
}

/// What is decided once for every system call on a descriptor:
/// an interrupted call is made again; "would block" and end of stream are values; `close` is never repeated
/// (on Linux the descriptor is gone whatever close(2) says); `EBADF` is a bug of ours and traps.
enum SystemCalls {
  /// Makes `body` until a signal does not interrupt it, and turns -1 into an error.
  static func retrying<Result: FixedWidthInteger>(
    _ call: String, _ body: () -> Result
  ) throws(SystemError) -> Result {
    while true {
      let result = body()
      if result != -1 { return result }
      let code = errno
      if code == EINTR { continue }
      precondition(code != EBADF, "\(call) on a descriptor that is not open")
      throw SystemError(call: call, code: code)
    }
  }

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

  static func receive(_ descriptor: CInt, into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    try transfer("recv") {
      buffer.withUnsafeMutableBytes { Glibc.recv(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT)) }
    }
  }

  static func send(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer {
    // MSG_NOSIGNAL: a peer that is gone is an error here, never SIGPIPE.
    let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
    return try transfer("send") {
      bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
    }
  }

  static func close(_ descriptor: CInt) {
    let result = Glibc.close(descriptor)
    precondition(result == 0 || errno != EBADF, "close of a descriptor that is not open")
  }

  static func setOption(_ descriptor: CInt, level: CInt, _ option: CInt, _ value: CInt) throws(SystemError) {
    var value = value
    _ = try retrying("setsockopt") {
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  private static func transfer(_ call: String, _ body: () -> Int) throws(SystemError) -> Transfer {
    do {
      let count = try retrying(call, body)
      return count == 0 ? .endOfStream : .moved(count)
    } catch  where error.code == EAGAIN || error.code == EWOULDBLOCK {
      return .wouldBlock
    }
  }
}
