import Basics

/// Checks text that is to be sent as messages, line by line, as it comes: a message is at most
/// ``Limits/messageBytesMax`` of UTF-8 and holds no NUL byte.
public struct BatchChecker: Sendable {
  /// The first line that cannot be sent, and why.
  public struct Violation: Error, Equatable, Sendable {
    public enum Reason: Sendable { case tooLong, nulByte, notUTF8 }
    /// Counted from 1.
    public let line: Int
    public let reason: Reason
  }

  /// Whole lines that were seen.
  public private(set) var lines = 0
  /// Bytes of the line whose end has not come.
  private var openBytes = 0
  private var utf8 = UTF8Text.Checker()

  public init() {}

  /// Whether the text so far ends within a line.
  public var isInsideLine: Bool { openBytes > 0 }

  /// Checks the next bytes of the text.
  public mutating func check(_ text: ArraySlice<UInt8>) throws(Violation) {
    var rest = text
    while !rest.isEmpty {
      try checkChunk(rest.prefix(Limits.messageBytesMax))
      rest = rest.dropFirst(Limits.messageBytesMax)
    }
  }

  private mutating func checkChunk(_ chunk: ArraySlice<UInt8>) throws(Violation) {
    if utf8.isInsideCharacter || !ByteScan.isPlainASCII(chunk) {
      try checkLengthAndEachByte(of: chunk)
    } else {
      try checkLength(of: chunk)
    }
  }

  /// The text is over.
  /// - Throws: when it ended in the middle of a character.
  public mutating func finish() throws(Violation) {
    if utf8.isInsideCharacter { throw Violation(line: lines + 1, reason: .notUTF8) }
    if isInsideLine { lines += 1 }
    openBytes = 0
  }

  private mutating func checkLength(of chunk: ArraySlice<UInt8>) throws(Violation) {
    let lineFeed = UInt8(ascii: "\n")
    guard let first = ByteScan.firstIndex(of: lineFeed, in: chunk, from: chunk.startIndex),
      let last = chunk.lastIndex(of: lineFeed)
    else { return try add(chunk.count) }
    // A line that begins and ends in one chunk is shorter than it, so only the first can be too long, and the last go on.
    precondition(chunk.count <= Limits.messageBytesMax)
    try add(first - chunk.startIndex)
    lines += ByteScan.count(of: lineFeed, in: chunk)
    openBytes = 0
    try add(chunk.endIndex - last - 1)
  }

  private mutating func checkLengthAndEachByte(of chunk: ArraySlice<UInt8>) throws(Violation) {
    for byte in chunk {
      guard utf8.accept(byte) else { throw Violation(line: lines + 1, reason: .notUTF8) }
      switch byte {
      case UInt8(ascii: "\n"):
        lines += 1
        openBytes = 0
      case 0: throw Violation(line: lines + 1, reason: .nulByte)
      default: try add(1)
      }
    }
  }

  private mutating func add(_ count: Int) throws(Violation) {
    openBytes += count
    if openBytes > Limits.messageBytesMax { throw Violation(line: lines + 1, reason: .tooLong) }
  }
}
