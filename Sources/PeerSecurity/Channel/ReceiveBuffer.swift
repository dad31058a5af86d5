/// Bytes that a C function writes and the owner drops from the front. It grows as needed and never shrinks, so in
/// steady state nothing is allocated and no byte is moved twice.
struct ReceiveBuffer {
  private var storage: [UInt8] = []
  private var head = 0
  private var tail = 0

  /// The waiting bytes, oldest first. A change of the buffer copies them if the slice is still held.
  var bytes: ArraySlice<UInt8> { storage[head..<tail] }

  /// Drops the first `count` bytes.
  mutating func drop(first count: Int) {
    precondition(count >= 0 && count <= tail - head)
    head += count
    if head == tail {
      head = 0
      tail = 0
    }
  }

  /// Lets `write` put up to `room` bytes behind the waiting ones; it returns how many it wrote.
  mutating func fill(_ room: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    makeRoom(room)
    let free = tail..<(tail + room)
    let written = storage.withUnsafeMutableBytes { write(UnsafeMutableRawBufferPointer(rebasing: $0[free])) }
    precondition(written >= 0 && written <= room)
    tail += written
  }

  private mutating func makeRoom(_ room: Int) {
    if storage.count - tail < room, head >= tail - head {
      // At least as many bytes were dropped as are waiting, so moving these costs less than what was done before.
      storage.withUnsafeMutableBytes {
        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[head..<tail]))
      }
      (head, tail) = (0, tail - head)
    }
    if storage.count - tail < room { storage += repeatElement(0, count: max(room, storage.count)) }
  }
}
