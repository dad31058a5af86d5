import CSystem
import Glibc

/// Forwards bytes from one socket to another through one piece of memory: one copy in, one copy out, nothing else.
///
/// This is one of the few places with unsafe memory. A forwarder belongs to a thread and serves all its pairs, so a
/// pair needs memory of its own only while its reader is slower than its writer; and the memory stays in the core's
/// cache.
public struct Forwarder: ~Copyable {
  private let memory: UnsafeMutableRawBufferPointer

  /// The result of a read.
  public enum Received {
    case bytes(Int)
    case wouldBlock
    case endOfStream
    /// The link is broken.
    case broken
  }

  /// The result of one read and the write of what it gave.
  public struct Outcome {
    public var received: Received
    /// How many of the bytes the receiver took. The others are ``Forwarder/rest(of:after:)``.
    public var sent: Int
    /// The error number of send(2) when the link of the receiver is broken, else nil.
    public var sendError: CInt?
  }

  /// - Parameter capacity: how much is moved at once at most, in bytes.
  public init(capacity: Int) { memory = .allocate(byteCount: capacity, alignment: 4096) }

  deinit { memory.deallocate() }

  /// How much one transfer moves at most, in bytes.
  public var capacity: Int { memory.count }

  /// Reads once and writes those bytes once.
  /// - Parameters:
  ///   - sender: the number of a socket. Its owner keeps it open meanwhile, and that of `receiver` too. These are
  ///     numbers because each memory access beyond the cache counts with thousands of pairs, and the loop has them at
  ///     hand.
  ///   - limit: how much to read at most, in bytes.
  public func forward(from sender: CInt, to receiver: CInt, atMost limit: Int) -> Outcome {
    let received = receive(from: sender, atMost: limit)
    guard case .bytes(let count) = received else { return Outcome(received: received, sent: 0, sendError: nil) }
    let sent = SystemCalls.result("send") { csystem_send(receiver, memory.baseAddress, count) }
    if sent >= 0 { return Outcome(received: received, sent: sent, sendError: nil) }
    return Outcome(received: received, sent: 0, sendError: sent == -Int(EAGAIN) ? nil : CInt(-sent))
  }

  /// The bytes of the last call that the receiver did not take.
  public func rest(of received: Int, after sent: Int) -> [UInt8] { Array(memory[sent..<received]) }

  /// Reads from a socket that has no partner.
  /// - Parameter body: what to do with the bytes, which are gone afterwards.
  public func receive<Result>(
    from source: borrowing Socket, atMost limit: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> (received: Received, result: Result?) {
    let received = receive(from: source.number, atMost: limit)
    guard case .bytes(let count) = received else { return (received, nil) }
    return (received, body(UnsafeRawBufferPointer(rebasing: memory[..<count])))
  }

  private func receive(from sender: CInt, atMost limit: Int) -> Received {
    let size = min(limit, memory.count)
    return switch SystemCalls.result("recv", { csystem_receive(sender, memory.baseAddress, size) }) {
    case 0: .endOfStream
    case let count where count > 0: .bytes(count)
    case -Int(EAGAIN): .wouldBlock
    default: .broken
    }
  }
}
