/// Bytes that wait to go out, in order.
///
/// They are appended at the end and dropped from the front. They stand in one piece of memory, so that a single call
/// can send all of them.
///
/// ```
///   storage:  [ dropped ............... | waiting ............. ]
///             0                         head                  count
/// ```
/// The queue has no bound of its own; its owner keeps one.
public struct ByteQueue: Hashable, Sendable {
  private var storage: [UInt8] = []
  private var head = 0

  /// An empty queue.
  public init() {}

  /// Whether no byte waits.
  public var isEmpty: Bool { head == storage.count }
  /// The number of waiting bytes.
  public var count: Int { storage.count - head }

  /// The waiting bytes, oldest first. A change of the queue copies them if the slice is still held.
  public var bytes: ArraySlice<UInt8> { storage[head...] }

  /// The number of line feeds among the waiting bytes.
  public var lineCount: Int { ByteScan.count(of: UInt8(ascii: "\n"), in: bytes) }

  /// Whether the same bytes wait.
  public static func == (left: ByteQueue, right: ByteQueue) -> Bool { left.bytes == right.bytes }
  /// Hashes the waiting bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: bytes) }

  /// Adds bytes at the end.
  public mutating func append(_ bytes: some Collection<UInt8>) { storage.append(contentsOf: bytes) }
  /// Adds one byte at the end.
  public mutating func append(_ byte: UInt8) { storage.append(byte) }

  /// Drops the last `count` bytes, which are not to go out.
  public mutating func drop(last count: Int) {
    precondition(count >= 0 && count <= self.count)
    storage.removeLast(count)
  }

  /// Drops the first `count` bytes, because they have gone out.
  public mutating func drop(first count: Int) {
    precondition(count >= 0 && count <= self.count)
    head += count
    if head == storage.count {
      storage.removeAll(keepingCapacity: true)
      head = 0
    } else if head > storage.count / 2 {
      // The forgotten bytes outnumber the waiting ones. So a move of the waiting ones costs less than the sends before
      // it.
      storage.removeSubrange(..<head)
      head = 0
    }
  }
}
