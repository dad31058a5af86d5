/// Bytes that wait to go out, in order: appended at the end, taken from the front, in one piece of memory so that a single
/// call can send them all.
///
/// ```
///   storage:  [ taken, to be forgotten | waiting ............. ]
///             0                        head               count
/// ```
/// Who appends minds the bound; the queue keeps none of its own.
public struct ByteQueue: Sendable {
  private var storage: [UInt8] = []
  private var head = 0

  public init() {}

  public var isEmpty: Bool { head == storage.count }
  public var count: Int { storage.count - head }

  /// What waits, oldest first. Let go of the slice before changing the queue, or the bytes are copied.
  public var bytes: ArraySlice<UInt8> { storage[head...] }

  /// How many line feeds wait.
  public var lineCount: Int { ByteScan.count(of: UInt8(ascii: "\n"), in: bytes) }

  public mutating func append(_ bytes: some Collection<UInt8>) { storage.append(contentsOf: bytes) }
  public mutating func append(_ byte: UInt8) { storage.append(byte) }

  /// Forgets the first `count` bytes: they have gone out.
  public mutating func take(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    head += count
    if head == storage.count {
      storage.removeAll(keepingCapacity: true)
      head = 0
    } else if head > storage.count / 2 {
      // More is forgotten than waits, so moving what waits to the front costs less than what was already moved.
      storage.removeSubrange(..<head)
      head = 0
    }
  }
}
