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
    if storage.count - tail < room {
      storage.removeSubrange(..<head)
      tail -= head
      head = 0
      if storage.count - tail < room { storage += repeatElement(0, count: tail + room - storage.count) }
    }
    let start = tail
    let written = storage.withUnsafeMutableBytes {
      write(UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + room]))
    }
    precondition(written >= 0 && written <= room)
    tail += written
  }
}
