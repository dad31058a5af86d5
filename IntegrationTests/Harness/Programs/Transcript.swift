/// The bytes that a stream carried so far: all of it, or when a program floods, the last part and how much went before.
struct Transcript {
  /// Enough to compare whole outputs of every scenario that does not flood on purpose; those use files.
  static let keptBytes = 1 << 20

  /// The part that is kept.
  private(set) var bytes: [UInt8] = []
  /// How many bytes came before the kept part.
  private(set) var droppedBytes = 0

  /// How many bytes came in all.
  var totalBytes: Int { droppedBytes + bytes.count }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func append(_ more: [UInt8]) {
    bytes += more
    // Dropped in large pieces, so that a flood costs no more than its bytes.
    if bytes.count > 2 * Self.keptBytes {
      let excess = bytes.count - Self.keptBytes
      bytes.removeFirst(excess)
      droppedBytes += excess
    }
  }

  /// The kept bytes from a position on; positions count from the first byte that ever came.
  func suffix(from position: Int) -> ArraySlice<UInt8> {
    bytes[min(max(0, position - droppedBytes), bytes.count)...]
  }
}
