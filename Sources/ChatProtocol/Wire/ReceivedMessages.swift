import Basics

/// Messages that arrived together, in order. They stand in one piece of memory, so that no message costs an allocation
/// and a pipe takes all of them at once.
///
/// ```
///   bytes:    h e l l o LF  t h e   f i r s t   6 4   K i B …  t h e   r e s t LF
///   entries:  [ 0 ..< 5 ]   [ 6 ..< 65542, more follows     ]  [ 65542 ..< …    ]
///   number:     7             8                                  8
/// ```
/// A line feed follows each message in ``bytes``, but no piece of an overlong one, so that the pieces join again. All
/// pieces of a message have its number.
public struct ReceivedMessages: Hashable, Sendable {
  /// One message, or one piece of an overlong one. It is small, because bulk makes one for each line.
  public struct Entry: Hashable, Sendable {
    /// The message's number. The peer's first message is 1.
    let number: UInt64
    private let start: UInt32
    private let end: UInt32
    /// Whether the same message goes on in the next entry, perhaps of later ones.
    public let moreFollows: Bool

    init(number: UInt64, range: Range<Int>, moreFollows: Bool) {
      self.number = number
      start = UInt32(range.lowerBound)
      end = UInt32(range.upperBound)
      self.moreFollows = moreFollows
    }

    /// The range of its text in ``ReceivedMessages/bytes``, without the line feed.
    var range: Range<Int> { Int(start)..<Int(end) }
  }

  /// Messages of a framed session with consecutive numbers, as a store takes them.
  public struct Batch: Hashable, Sendable {
    /// The name of the first one.
    public let first: MessageName
    /// How many they are.
    public let count: Int
    /// When they were written, in seconds since 1970-01-01 UTC; 0 if they were sent as they were written.
    public let writtenAt: Int
    /// Whether they were taken back before they were sent: they have names and no texts.
    public let isWithdrawn: Bool
    /// The index of the entry of the first one. A withdrawn message has no entry.
    let firstEntry: Int
  }

  /// The texts, as a pipe gets them.
  public private(set) var bytes: [UInt8] = []
  /// The messages and pieces, in order.
  public private(set) var entries: [Entry] = []
  /// The names of the messages of a framed session, in order. Plain text has none.
  public private(set) var batches: [Batch] = []

  /// No messages.
  public init() {}

  /// Whether there is no entry.
  public var isEmpty: Bool { entries.isEmpty }

  /// The text of an entry: the peer's own bytes, not necessarily UTF-8.
  public func text(_ entry: Entry) -> ArraySlice<UInt8> { bytes[entry.range] }

  /// The messages of a framed session, as a store takes them.
  public var messages: [MessageBatch] {
    batches.map { batch in
      guard !batch.isWithdrawn else {
        return MessageBatch(
          first: batch.first, count: 1, writtenAt: batch.writtenAt, isWithdrawn: true, lines: [UInt8(ascii: "\n")][...])
      }
      let last = entries[batch.firstEntry + batch.count - 1].range.upperBound
      var lines = bytes[entries[batch.firstEntry].range.lowerBound...last]
      if ByteScan.count(of: UInt8(ascii: "\n"), in: lines) > batch.count {
        // A line feed that does not end a message is within one.
        for entry in entries[batch.firstEntry..<batch.firstEntry + batch.count] {
          for index in entry.range where lines[index] == UInt8(ascii: "\n") { lines[index] = 0 }
        }
      }
      return MessageBatch(first: batch.first, count: batch.count, writtenAt: batch.writtenAt, lines: lines)
    }
  }

  /// For each entry the time at which its message was written, in seconds since 1970-01-01 UTC; 0 if it was sent as it
  /// was written, and in plain text.
  public var timesWritten: [Int] {
    var times = [Int](repeating: 0, count: entries.count)
    for batch in batches where batch.writtenAt != 0 && !batch.isWithdrawn {
      for index in batch.firstEntry..<batch.firstEntry + batch.count { times[index] = batch.writtenAt }
    }
    return times
  }

  /// Removes all entries. The memory is kept for the next ones.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    batches.removeAll(keepingCapacity: true)
  }

  /// The start of the text that the next entry will have.
  var openStart: Int {
    guard let last = entries.last else { return 0 }
    return last.moreFollows ? last.range.upperBound : last.range.upperBound + 1
  }

  mutating func append(_ part: ArraySlice<UInt8>) { bytes.append(contentsOf: part) }

  /// Makes an entry of the bytes from ``openStart`` up to `end`. For a whole message the byte at `end` is its line
  /// feed.
  mutating func close(at end: Int, number: UInt64, moreFollows: Bool) {
    entries.append(Entry(number: number, range: openStart..<end, moreFollows: moreFollows))
  }

  /// Adds the messages of a frame: texts, each ended by a line feed; NUL stands for a line end within one.
  /// - Parameters:
  ///   - first: the name of the first one.
  ///   - writtenAt: see ``Batch/writtenAt``.
  ///   - severalLines: whether there may be a NUL among them.
  /// - Returns: how many they are.
  @discardableResult
  mutating func appendFramed(
    _ texts: ArraySlice<UInt8>, first: MessageName, writtenAt: Int = 0, severalLines: Bool
  ) -> Int {
    let base = bytes.count
    let firstEntry = entries.count
    append(texts)
    var number = first.number
    var start = texts.startIndex
    while let end = ByteScan.firstIndex(of: UInt8(ascii: "\n"), in: texts, from: start) {
      close(at: base + end - texts.startIndex, number: number, moreFollows: false)
      number += 1
      start = end + 1
    }
    if severalLines, ByteScan.firstIndex(of: 0, in: texts, from: texts.startIndex) != nil {
      for index in base..<bytes.count where bytes[index] == 0 { bytes[index] = UInt8(ascii: "\n") }
    }
    let count = entries.count - firstEntry
    if count > 0 {
      batches.append(
        Batch(first: first, count: count, writtenAt: writtenAt, isWithdrawn: false, firstEntry: firstEntry))
    }
    return count
  }

  /// Adds the name of a message that was taken back.
  mutating func appendWithdrawn(_ name: MessageName) {
    batches.append(Batch(first: name, count: 1, writtenAt: 0, isWithdrawn: true, firstEntry: entries.count))
  }

  /// Adds a whole message.
  mutating func appendWhole(_ text: some Collection<UInt8>, number: UInt64) {
    bytes.append(contentsOf: text)
    close(at: bytes.count, number: number, moreFollows: false)
    bytes.append(UInt8(ascii: "\n"))
  }
}
