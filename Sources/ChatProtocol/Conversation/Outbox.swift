import Basics

/// Messages that were accepted and not yet retired, oldest first.
///
/// A message is retired when it is not needed any more: on a plain link when the kernel took its bytes, on a framed one
/// when the peer acknowledged it. Until then it stays here, even if the link is lost.
///
/// ```
///   bytes:     h e l l o LF  t w o LF  t h r e e LF  f o u …
///              └─────── first segment ───────────┘   └ second segment …
///                │        (first message 1, 3 messages, 16 bytes)
///                └ the bytes before this one are retired
/// ```
///
/// Messages are numbered from 1 without gaps in the order of acceptance. Their bytes stand in one piece of memory, each
/// message ended by a line feed, so that a single call can send many. A segment stands for many messages, up to about
/// ``segmentBytes`` of them, so bulk costs no allocation a line.
struct Outbox: Sendable {
  /// Consecutive messages.
  struct Segment: Equatable, Sendable {
    /// The number of its first message.
    let first: UInt64
    fileprivate(set) var count: Int
    fileprivate(set) var byteCount: Int
  }

  /// The size from which a segment takes no more messages. It is small enough that the lines of one are counted
  /// quickly.
  static let segmentBytes = 64 << 10

  private var queue = ByteQueue()
  private(set) var segments: [Segment] = []
  /// The number of retired bytes of the first segment.
  private var retiredBytes = 0
  /// The number of the newest message that was retired by its number; 0 before the first.
  private var retiredCount: UInt64 = 0
  /// The number of the newest message; 0 before the first.
  private(set) var newest: UInt64 = 0

  init() {}

  var isEmpty: Bool { queue.isEmpty }
  /// The bytes of all messages here, each ended by a line feed. The beginning of the first may be retired already. A
  /// change of the outbox copies the bytes if the slice is still held.
  var bytes: ArraySlice<UInt8> { queue.bytes }
  var byteCount: Int { queue.count }

  /// The number of messages here, one that is partly retired included.
  var messageCount: Int {
    guard let first = segments.first else { return 0 }
    let rest = segments.dropFirst().reduce(0) { $0 + $1.count }
    guard retiredBytes > 0 else { return first.count + rest }
    return ByteScan.count(of: UInt8(ascii: "\n"), in: queue.bytes.prefix(first.byteCount - retiredBytes)) + rest
  }

  /// Adds messages.
  /// - Parameters:
  ///   - lines: their texts, each ended by a line feed.
  ///   - count: their number.
  mutating func append(_ lines: some Collection<UInt8>, count: Int) {
    let before = queue.count
    queue.append(lines)
    let added = queue.count - before
    if let last = segments.last, last.byteCount < Outbox.segmentBytes {
      segments[segments.count - 1].count += count
      segments[segments.count - 1].byteCount += added
    } else if count > 0 {
      segments.append(Segment(first: newest + 1, count: count, byteCount: added))
    }
    newest += UInt64(count)
  }

  /// Retires the messages up to the one with a number. An outbox is retired either by bytes or by numbers, not by both.
  /// - Returns: the bytes that they had.
  mutating func retire(through number: UInt64) -> Int {
    var bytes = 0
    var first = retiredCount + 1
    for (index, segment) in segments.enumerated() where first <= number {
      let end = segment.first + UInt64(segment.count)
      if end <= number + 1 {
        bytes += segment.byteCount - (index == 0 ? retiredBytes : 0)
        first = end
      } else {
        bytes += size(of: number + 1 - first, from: bytes)
        first = number + 1
      }
    }
    retiredCount = max(retiredCount, number)
    retire(bytes: bytes)
    return bytes
  }

  /// Retires the messages up to the one with a number, whose size in ``bytes`` is known.
  mutating func retire(through number: UInt64, byteCount: Int) {
    retiredCount = max(retiredCount, number)
    retire(bytes: byteCount)
  }

  /// The size of the `count` messages that begin at an offset of ``bytes``.
  private func size(of count: UInt64, from offset: Int) -> Int {
    let start = queue.bytes.startIndex + offset
    var end = start
    for _ in 0..<count {
      guard let feed = ByteScan.firstIndex(of: UInt8(ascii: "\n"), in: queue.bytes, from: end) else {
        preconditionFailure("a message has no end")
      }
      end = feed + 1
    }
    return end - start
  }

  /// Retires the first `count` bytes, and with them every message that ends there.
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
