import Basics

/// The texts of messages that are to be sent, or were sent and are not retired. Oldest first.
///
/// A message is retired when its text is not needed any more: on a plain link when the kernel took its bytes, on a
/// framed one when the peer acknowledged it.
///
/// ```
///   bytes:     h e l l o LF  t w o LF  t h r e e LF  f o u …
///              └─────── first segment ───────────┘   └ second segment …
///                │        (message 1 and 2 more, 16 bytes)         ▲
///                └ the bytes before this one are retired           └ cursor: what a session sends next
/// ```
///
/// The texts stand in one piece of memory, each ended by a line feed, so that a single call can send many. A segment
/// stands for many messages, up to about ``segmentBytes`` of them, so bulk costs no allocation a line.
struct Outbox: Hashable, Sendable {
  /// Messages of one incarnation with consecutive numbers, which were written in the same second.
  struct Segment: Hashable, Sendable {
    let incarnation: Incarnation
    /// The number of its first message.
    fileprivate(set) var first: UInt64
    fileprivate(set) var count: Int
    fileprivate(set) var byteCount: Int
    /// When they were written, in seconds since 1970-01-01 UTC; 0 for messages that are sent as they are written.
    let writtenAt: Int
    /// Whether it is one message that was taken back: a name without a text.
    let isWithdrawn: Bool

    var last: UInt64 { first + UInt64(count) - 1 }
  }

  /// The messages that a session puts into one frame.
  struct Piece: Hashable, Sendable {
    let first: MessageName
    let count: Int
    let writtenAt: Int
    let isWithdrawn: Bool
    /// The place of their texts in ``Outbox/bytes``.
    let range: Range<Int>

    var last: UInt64 { first.number + UInt64(count) - 1 }
  }

  /// A number of messages and their bytes.
  private struct Amount: Hashable {
    var count = 0
    var byteCount = 0
  }

  /// The size from which a segment takes no more messages. It is small enough that the lines of one are counted
  /// quickly.
  static let segmentBytes = 64 << 10

  private var queue = ByteQueue()
  private(set) var segments: [Segment] = []
  /// The number of retired bytes of the first segment. Only a plain link retires a part of a message.
  private var retiredBytes = 0
  /// The messages of each frame that was sent and is not retired, so that an acknowledgement need not look for the ends
  /// of its messages. No frame goes over the end of a segment.
  private var sentPieces: [Amount] = []
  /// The cursor: the segment that is sent next, and what was sent of it.
  private var nextSegment = 0
  private var sentOfSegment = Amount()
  /// All bytes before the cursor.
  private(set) var sentBytes = 0

  init() {}

  var isEmpty: Bool { queue.isEmpty }
  /// The bytes of all messages here, each ended by a line feed. The beginning of the first may be retired already. A
  /// change of the outbox copies the bytes if the slice is still held.
  var bytes: ArraySlice<UInt8> { queue.bytes }
  var byteCount: Int { queue.count }
  /// Whether everything here was sent.
  var isSent: Bool { nextSegment == segments.count }

  /// The number of messages here, one that is partly retired included.
  var messageCount: Int {
    guard let first = segments.first else { return 0 }
    let rest = segments.dropFirst().reduce(0) { $0 + $1.count }
    guard retiredBytes > 0 else { return first.count + rest }
    return ByteScan.count(of: UInt8(ascii: "\n"), in: queue.bytes.prefix(first.byteCount - retiredBytes)) + rest
  }

  // MARK: Adding

  /// Adds messages.
  /// - Parameters:
  ///   - lines: their texts, each ended by a line feed.
  ///   - count: their number, at least 1.
  ///   - first: the name of the first one. Those behind it have the next numbers.
  ///   - writtenAt: see ``Segment/writtenAt``.
  mutating func append(
    _ lines: some Collection<UInt8>, count: Int, first: MessageName, writtenAt: Int = 0, isWithdrawn: Bool = false
  ) {
    let before = queue.count
    queue.append(lines)
    let added = queue.count - before
    if let last = segments.last, last.byteCount < Outbox.segmentBytes, last.incarnation == first.incarnation,
      last.last + 1 == first.number, last.writtenAt == writtenAt, !last.isWithdrawn, !isWithdrawn
    {
      // A cursor at the end stands behind what was sent of this segment.
      if isSent {
        nextSegment -= 1
        sentOfSegment = Amount(count: last.count, byteCount: last.byteCount)
      }
      segments[segments.count - 1].count += count
      segments[segments.count - 1].byteCount += added
    } else {
      segments.append(
        Segment(
          incarnation: first.incarnation, first: first.number, count: count, byteCount: added, writtenAt: writtenAt,
          isWithdrawn: isWithdrawn))
    }
  }

  // MARK: Sending

  /// The next messages of one segment that are not sent, as many as fit into a size, at least one; nil if there are
  /// none. Call ``advance(over:)`` once they are sent.
  func nextPiece(ofBytes limit: Int) -> Piece? {
    guard nextSegment < segments.count else { return nil }
    let segment = segments[nextSegment]
    let start = queue.bytes.startIndex + sentBytes
    let rest = queue.bytes[start..<start + segment.byteCount - sentOfSegment.byteCount]
    let feed = UInt8(ascii: "\n")
    let isWhole = rest.count <= limit
    guard
      let last = isWhole
        ? rest.indices.last
        : rest.prefix(limit).lastIndex(of: feed) ?? ByteScan.firstIndex(of: feed, in: rest, from: start)
    else { preconditionFailure("a message has no end") }
    let count = isWhole ? segment.count - sentOfSegment.count : ByteScan.count(of: feed, in: rest[...last])
    let first = MessageName(segment.incarnation, segment.first + UInt64(sentOfSegment.count))
    return Piece(
      first: first, count: count, writtenAt: segment.writtenAt, isWithdrawn: segment.isWithdrawn,
      range: start..<last + 1)
  }

  /// Moves the cursor behind a piece.
  mutating func advance(over piece: Piece) {
    sentPieces.append(Amount(count: piece.count, byteCount: piece.range.count))
    sentBytes += piece.range.count
    sentOfSegment.count += piece.count
    sentOfSegment.byteCount += piece.range.count
    if sentOfSegment.count == segments[nextSegment].count {
      nextSegment += 1
      sentOfSegment = Amount()
    }
  }

  /// Moves the cursor to the front, for another link.
  mutating func rewind() {
    sentPieces = []
    nextSegment = 0
    sentOfSegment = Amount()
    sentBytes = 0
  }

  /// Removes everything that was not sent.
  /// - Returns: the messages, in order.
  mutating func removeUnsent() -> [MessageRun] {
    var runs: [MessageRun] = []
    if sentOfSegment.count > 0 {
      let segment = segments[nextSegment]
      let (first, count) = (segment.first + UInt64(sentOfSegment.count), segment.count - sentOfSegment.count)
      runs.append(MessageRun(segment.incarnation, first: first, count: UInt64(count)))
      segments[nextSegment].count = sentOfSegment.count
      segments[nextSegment].byteCount = sentOfSegment.byteCount
      nextSegment += 1
      sentOfSegment = Amount()
    }
    for segment in segments[nextSegment...] {
      runs.append(MessageRun(segment.incarnation, first: segment.first, count: UInt64(segment.count)))
    }
    segments.removeSubrange(nextSegment...)
    queue.drop(last: queue.count - sentBytes)
    return runs
  }

  // MARK: Retiring

  /// Retires messages from the front, as far as the peer has them.
  /// - Parameter peerHas: the highest number that the peer has of each incarnation.
  mutating func retire(upTo peerHas: [Incarnation: UInt64]) {
    var wholeSegments = 0
    var wholePieces = 0
    var bytes = 0
    while wholeSegments < segments.count {
      let segment = segments[wholeSegments]
      guard let newest = peerHas[segment.incarnation], newest >= segment.first else { break }
      let count = Int(min(newest, segment.last) - segment.first) + 1
      let size = count == segment.count ? segment.byteCount : size(of: count, from: bytes, &wholePieces)
      if count == segment.count { passPieces(of: count, &wholePieces) }
      bytes += size
      noteRetired(of: wholeSegments, count: count, byteCount: size)
      guard count == segment.count else { break }
      wholeSegments += 1
    }
    sentPieces.removeFirst(wholePieces)
    segments.removeFirst(wholeSegments)
    nextSegment -= wholeSegments
    queue.drop(first: bytes)
  }

  /// Counts retired messages out of a segment, and out of what was sent of it.
  private mutating func noteRetired(of index: Int, count: Int, byteCount: Int) {
    segments[index].first += UInt64(count)
    segments[index].count -= count
    segments[index].byteCount -= byteCount
    if index < nextSegment {
      sentBytes -= byteCount
    } else if index == nextSegment {
      // A peer may have what was not sent on this link.
      sentBytes -= min(byteCount, sentOfSegment.byteCount)
      sentOfSegment.count = max(0, sentOfSegment.count - count)
      sentOfSegment.byteCount = max(0, sentOfSegment.byteCount - byteCount)
      if segments[index].count == 0 {
        nextSegment += 1
        sentOfSegment = Amount()
      }
    }
  }

  /// Passes the frames that carried messages of a segment with `count` messages.
  private func passPieces(of count: Int, _ whole: inout Int) {
    var rest = count
    while rest > 0, whole < sentPieces.count {
      rest -= sentPieces[whole].count
      whole += 1
    }
  }

  /// The size of the `count` messages that begin at an offset of ``bytes``. The frames whose messages are all among
  /// them are passed; of the rest the ends are looked for.
  private mutating func size(of count: Int, from offset: Int, _ whole: inout Int) -> Int {
    var size = 0
    var rest = count
    while whole < sentPieces.count, sentPieces[whole].count <= rest {
      rest -= sentPieces[whole].count
      size += sentPieces[whole].byteCount
      whole += 1
    }
    var end = queue.bytes.startIndex + offset + size
    let start = end
    for _ in 0..<rest {
      guard let feed = ByteScan.firstIndex(of: UInt8(ascii: "\n"), in: queue.bytes, from: end) else {
        preconditionFailure("a message has no end")
      }
      end = feed + 1
    }
    if rest > 0, whole < sentPieces.count {
      sentPieces[whole].count -= rest
      sentPieces[whole].byteCount -= end - start
    }
    return size + end - start
  }

  /// Retires the first `count` bytes, and with them every message that ends there. An outbox is retired either by bytes
  /// or by names, not by both.
  mutating func retire(bytes count: Int) {
    queue.drop(first: count)
    retiredBytes += count
    var whole = 0
    while whole < segments.count, retiredBytes >= segments[whole].byteCount {
      retiredBytes -= segments[whole].byteCount
      whole += 1
    }
    segments.removeFirst(whole)
  }
}
