/// Looks at what comes first on a link, and decides once whether it is another protocol.
struct FirstBytes: Sendable {
  private var start: [UInt8] = []
  private var isDecided = false

  /// Bytes came, in order.
  /// - Returns: the protocol, once it is recognised as a binary one.
  mutating func received(_ bytes: ArraySlice<UInt8>) -> ForeignProtocol? {
    guard !isDecided, start.count < ForeignProtocol.binaryBytes else { return nil }
    start += bytes.prefix(ForeignProtocol.binaryBytes - start.count)
    return ForeignProtocol.binary(start)
  }

  /// The first line is complete.
  mutating func received(firstLine line: ArraySlice<UInt8>) -> ForeignProtocol? {
    guard !isDecided else { return nil }
    isDecided = true
    return ForeignProtocol.line(line)
  }
}
