@testable import ChatProtocol

extension FuzzTarget {
  /// Text off a link, cut into lines.
  static let lineDecoder = FuzzTarget(
    name: "line-decoder", words: [LongText.mark, "\n", "\r\n", "\u{1F40C}"]
  ) { input in
    let text = LongText.expanded(input)
    let whole = DecodedLines.of([text[...]])
    try require(whole.texts.allSatisfy { $0.count <= Limits.messageBytesMax }, "a piece is longer than a message")
    try requireEqual(whole.piped, plainLines(text), "the decoder beside a plain split at line feeds")
    for pieces in LongText.splits(of: text) {
      try requireEqual(DecodedLines.of(pieces), whole, "in pieces of \(pieces.prefix(9).map(\.count))")
    }
  }

  /// The lines of a text, each ended by a line feed, with one CR dropped from the end of each: found the plain way.
  private static func plainLines(_ text: [UInt8]) -> [UInt8] {
    var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return Array(lines.map { ($0.last == 0x0D ? $0.dropLast() : $0) + [0x0A] }.joined())
  }
}

/// The result of decoding a text.
private struct DecodedLines: Equatable {
  var texts: [[UInt8]] = []
  var moreFollows: [Bool] = []
  var piped: [UInt8] = []

  static func of(_ pieces: [ArraySlice<UInt8>]) -> DecodedLines {
    var decoder = LineDecoder()
    var messages = ReceivedMessages()
    var lines = DecodedLines()
    for piece in pieces {
      decoder.decode(piece, into: &messages)
      lines.take(&messages)
    }
    decoder.finish(into: &messages)
    lines.take(&messages)
    return lines
  }

  private mutating func take(_ messages: inout ReceivedMessages) {
    texts += messages.entries.map { Array(messages.text($0)) }
    moreFollows += messages.entries.map(\.moreFollows)
    piped += messages.bytes
    messages.removeAll()
  }
}
