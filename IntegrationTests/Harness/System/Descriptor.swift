import CHarness
import Glibc

/// One file descriptor with one owner: it is closed when its owner lets go of it.
public struct Descriptor: ~Copyable {
  /// The number, to hand to a system call while the owner lives.
  public let number: Int32

  /// Takes over a descriptor that is open.
  public init(owning number: Int32) {
    precondition(number >= 0, "not a descriptor")
    self.number = number
  }

  deinit {
    // Never retried: on Linux the number is free again even when close() is interrupted.
    _ = close(number)
  }
}

/// The result of a read.
enum ReadOutcome {
  case bytes([UInt8])
  case wouldBlock
  case endOfStream
  /// The end of the stream as well, for the reason given: a reset, or a terminal whose programs are all gone, which
  /// Linux reports as EIO.
  case failed(Int32)
}

/// Reads what is there, up to `limit` bytes.
func readSome(from descriptor: Int32, limit: Int) -> ReadOutcome {
  var bytes = [UInt8](repeating: 0, count: limit)
  while true {
    let count = read(descriptor, &bytes, limit)
    if count > 0 {
      bytes.removeLast(limit - count)
      return .bytes(bytes)
    }
    if count == 0 { return .endOfStream }
    switch errno {
    case EINTR: continue
    case EAGAIN: return .wouldBlock
    default: return .failed(errno)
    }
  }
}

/// Writes what fits now. Gives the number of bytes taken, or nil when the other side takes no more, ever.
func writeSome(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, isSocket: Bool = false) -> Int? {
  while true {
    let count = bytes.withUnsafeBytes {
      isSocket ? harness_send(descriptor, $0.baseAddress, $0.count) : write(descriptor, $0.baseAddress, $0.count)
    }
    if count >= 0 { return count }
    switch errno {
    case EINTR: continue
    case EAGAIN: return 0
    default: return nil
    }
  }
}

/// The words of the system about a call that failed, with what was attempted.
public struct SystemFailure: Error, CustomStringConvertible {
  /// One sentence for people.
  public let description: String

  init(_ attempt: String, _ error: Int32 = errno) {
    description = "\(attempt): \(String(cString: strerror(error)))"
  }
}
