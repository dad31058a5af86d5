/// Looks at what comes first on a link, and decides once whether it is another protocol.
struct FirstBytes: Sendable {
  /// The first bytes of the link, as many as decide about the binary ones.
  private var start: [UInt8] = []
  /// Whether the first line was seen.
  private var hasFirstLine = false

  /// Bytes came, in order.
  /// - Returns: the protocol, once it is recognised as a binary one.
  mutating func received(_ bytes: ArraySlice<UInt8>) -> ForeignProtocol? {
    guard start.count < ForeignProtocol.binaryBytes else { return nil }
    start += bytes.prefix(ForeignProtocol.binaryBytes - start.count)
    return ForeignProtocol.binary(start)
  }

  /// The first line is complete.
  mutating func received(firstLine line: ArraySlice<UInt8>) -> ForeignProtocol? {
    guard !hasFirstLine else { return nil }
    hasFirstLine = true
    return ForeignProtocol.line(line)
  }
}
