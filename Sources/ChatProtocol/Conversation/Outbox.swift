import Basics

/// Messages that were accepted and not yet retired, oldest first.
///
/// A message is retired when nobody needs it any more: on a plain link when the kernel took its bytes, on a framed one when
/// the peer acknowledged it. Until then it stays here, whatever becomes of the link.
///
/// ```
///   bytes:     h e l l o LF  t w o LF  t h r e e LF  f o u …
///              └───────── segment 1 ──────────────┘ └ segment 4 …        a segment: first number, how many, how many bytes
///                ▲
///                taken: bytes of the first segment that are retired already
/// ```
///
/// Messages are numbered from 1 without gaps in the order of acceptance. Their bytes stand in one piece of memory, each
/// message ended by a line feed, so that a single call can send many. There is one segment for each piece of up to
/// ``segmentBytes``, not one for each message: bulk costs no allocation a line.
public struct Outbox: Sendable {
  /// Messages that stand together.
  struct Segment: Equatable, Sendable {
    /// The number of its first message.
    let first: UInt64
    fileprivate(set) var count: Int
    fileprivate(set) var byteCount: Int
  }

  /// A segment takes no more messages once it holds so many bytes. Small enough that counting the lines of one costs nothing.
  static let segmentBytes = 64 << 10

  private var queue = ByteQueue()
  private(set) var segments: [Segment] = []
  /// Bytes of the first segment that are retired.
  private var retiredBytes = 0
  /// The number of the newest message; 0 before the first.
  public private(set) var newest: UInt64 = 0

  init() {}

  public var isEmpty: Bool { queue.isEmpty }
  /// The bytes of all messages here, each ended by a line feed. The first may have lost its beginning, which was retired.
  /// Let go of the slice before changing the outbox, or the bytes are copied.
  public var bytes: ArraySlice<UInt8> { queue.bytes }
  public var byteCount: Int { queue.count }

  /// How many messages are here, one that is partly retired included.
  public var messageCount: Int {
    guard let first = segments.first else { return 0 }
    let rest = segments.dropFirst().reduce(0) { $0 + $1.count }
    guard retiredBytes > 0 else { return first.count + rest }
    return ByteScan.count(of: UInt8(ascii: "\n"), in: queue.bytes.prefix(first.byteCount - retiredBytes)) + rest
  }

  /// Adds messages.
  /// - Parameters:
  ///   - lines: their texts, each ended by a line feed.
  ///   - count: how many they are.
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

  /// Retires the first `count` bytes, and so every message that ends within them.
  mutating func retire(bytes count: Int) {
    queue.take(count)
    retiredBytes += count
    var whole = 0
    while whole < segments.count, retiredBytes >= segments[whole].byteCount {
      retiredBytes -= segments[whole].byteCount
      whole += 1
    }
    segments.removeFirst(whole)
  }
}
