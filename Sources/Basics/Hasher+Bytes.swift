extension Hasher {
  /// Adds bytes, all at once. A collection of them adds itself one byte at a time, which takes ten times as long.
  public mutating func combine(bytesOf bytes: ArraySlice<UInt8>) {
    combine(bytes.count)
    bytes.withUnsafeBytes { combine(bytes: $0) }
  }
}
