import CSystem
import Glibc

/// Carries bytes from one socket to another through one piece of memory: one copy in, one copy out, nothing else.
///
/// This is one of the few places with unsafe memory. A carrier belongs to a thread and serves all its pairs, so a pair
/// needs memory of its own only while its reader is slower than its writer; and the memory stays in the core's cache.
public struct Carrier: ~Copyable {
  private let memory: UnsafeMutableRawBufferPointer

  /// What one carry came to.
  public struct Load {
    /// What the source gave: bytes, nothing now, its end, or its failure.
    public enum Taken {
      case bytes(Int)
      case wouldBlock
      case endOfStream
      case broken
    }
    public var taken: Taken
    /// How many of the bytes the sink took. What it did not take is ``Carrier/rest(of:after:)``.
    public var given: Int
    /// Why the sink takes nothing, now or ever; nil while it does: the error number of send(2).
    public var sinkError: CInt?
  }

  /// - Parameter capacity: how much one carry moves at most, in bytes.
  public init(capacity: Int) {
    memory = .allocate(byteCount: capacity, alignment: 4096)
  }

  deinit { memory.deallocate() }

  public var capacity: Int { memory.count }

  /// Reads once and writes what was read once.
  /// - Parameters:
  ///   - source: the number of a socket its owner keeps open meanwhile, as `sink`. Numbers, because of thousands of
  ///     pairs each look that stays out of a cache counts: these stand where the loop looks anyway.
  ///   - limit: how much to read at most.
  public func carry(from source: CInt, to sink: CInt, atMost limit: Int) -> Load {
    var load = Load(taken: .wouldBlock, given: 0, sinkError: nil)
    let size = min(limit, memory.count)
    // The calls are made here rather than by SystemCalls, whose thrown errors and array slices this path does without;
    // the decisions are the same: an interrupted call is made again, and EBADF is a bug of ours.
    var count: Int
    repeat { count = csystem_receive(source, memory.baseAddress, size) } while count < 0 && errno == EINTR
    if count <= 0 {
      if count == 0 {
        load.taken = .endOfStream
      } else if errno != EAGAIN {
        precondition(errno != EBADF, "recv on a descriptor that is not open")
        load.taken = .broken
      }
      return load
    }
    load.taken = .bytes(count)
    var sent: Int
    repeat { sent = csystem_send(sink, memory.baseAddress, count) } while sent < 0 && errno == EINTR
    if sent >= 0 {
      load.given = sent
    } else if errno != EAGAIN {
      precondition(errno != EBADF, "send on a descriptor that is not open")
      load.sinkError = errno
    }
    return load
  }

  /// What the last carry read and the sink did not take.
  public func rest(of taken: Int, after given: Int) -> [UInt8] { Array(memory[given..<taken]) }

  /// Reads from a socket that has no partner.
  /// - Parameter body: what to do with the bytes, which are gone afterwards.
  public func receive<Result>(
    from source: borrowing Socket, atMost limit: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> (taken: Load.Taken, result: Result?) {
    var count: Int
    let size = min(limit, memory.count)
    repeat { count = csystem_receive(source.number, memory.baseAddress, size) } while count < 0 && errno == EINTR
    if count > 0 { return (.bytes(count), body(UnsafeRawBufferPointer(rebasing: memory[..<count]))) }
    if count == 0 { return (.endOfStream, nil) }
    precondition(errno != EBADF, "recv on a descriptor that is not open")
    return (errno == EAGAIN ? .wouldBlock : .broken, nil)
  }
}
