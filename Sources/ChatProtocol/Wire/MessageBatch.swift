/// Messages that arrived together, in order, flat in memory: no allocation for each, and a pipe takes them as they are.
///
/// ```
///   bytes:    h e l l o LF  t h e   f i r s t   6 4   K i B …  t h e   r e s t LF
///   entries:  [ 0 ..< 5 ]   [ 6 ..< 65542, more follows     ]  [ 65542 ..< …    ]
///   number:     7             8                                  8
/// ```
/// A message is followed by a line feed in ``bytes``; a piece of an overlong one is not, so that the pieces join again.
/// Pieces of one message share its number.
public struct MessageBatch: Sendable {
  /// One message, or one piece of an overlong one. Small, because bulk makes one for each line.
  public struct Entry: Equatable, Sendable {
    /// The message's number: what the peer sent first is 1.
    public let number: UInt64
    private let start: UInt32
    private let end: UInt32
    /// Whether it is a piece and the same message goes on in the next entry, perhaps of a later batch.
    public let moreFollows: Bool

    init(number: UInt64, range: Range<Int>, moreFollows: Bool) {
      self.number = number
      start = UInt32(range.lowerBound)
      end = UInt32(range.upperBound)
      self.moreFollows = moreFollows
    }

    /// Where its text stands in ``MessageBatch/bytes``, without the line feed.
    public var range: Range<Int> { Int(start)..<Int(end) }
  }

  /// The texts, as a pipe gets them.
  public private(set) var bytes: [UInt8] = []
  /// What is in there, in order.
  public private(set) var entries: [Entry] = []

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }

  /// The text of an entry: the peer's own bytes, not necessarily UTF-8.
  public func text(_ entry: Entry) -> ArraySlice<UInt8> { bytes[entry.range] }

  /// Empties it, keeping its memory for the next.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }

  /// Where the text of the entry being filled begins.
  var openStart: Int {
    guard let last = entries.last else { return 0 }
    return last.moreFollows ? last.range.upperBound : last.range.upperBound + 1
  }

  mutating func append(_ part: ArraySlice<UInt8>) { bytes.append(contentsOf: part) }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// The bytes since ``openStart`` up to `end` are an entry. For a whole message the byte at `end` is its line feed.
  mutating func close(at end: Int, number: UInt64, moreFollows: Bool) {
    entries.append(Entry(number: number, range: openStart..<end, moreFollows: moreFollows))
  }

  /// Adds a whole message.
  mutating func appendWhole(_ text: some Collection<UInt8>, number: UInt64) {
    bytes.append(contentsOf: text)
    close(at: bytes.count, number: number, moreFollows: false)
    bytes.append(UInt8(ascii: "\n"))
  }
}
