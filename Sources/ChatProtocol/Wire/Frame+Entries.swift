extension Frame {
  /// The bytes of a number of an incarnation.
  static func bytes(of incarnation: Incarnation, _ number: UInt64) -> [UInt8] {
    incarnation.value.bigEndianBytes + number.bigEndianBytes
  }

  /// The entries of a payload: pairs of an incarnation and a number.
  static func entries(
    of frame: Frame, atMost limit: Int
  ) throws(FrameViolation) -> [Resumption.Entry] {
    let payload = frame.payload
    guard payload.count % 16 == 0, payload.count / 16 <= limit else { throw .malformed(kind: frame.kind) }
    let entries = stride(from: payload.startIndex, to: payload.endIndex, by: 16).map { start in
      Resumption.Entry(
        incarnation: Incarnation(UInt64(bigEndianBytes: payload[start..<start + 8])),
        number: UInt64(bigEndianBytes: payload[start + 8..<start + 16]))
    }
    // No message has a greater number, so one more can always be added to it.
    guard entries.allSatisfy({ $0.number <= UInt64(Int64.max) }) else { throw .malformed(kind: frame.kind) }
    return entries
  }
}
