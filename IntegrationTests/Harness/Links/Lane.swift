import CHarness
import Glibc

/// One direction of one connection through a link: bytes come in at the source, wait as the faults demand, and go
/// out at the sink.
///
///     source ──read──▶ [ piece due 12:00.1 | piece due 12:00.3 | … ] ──write──▶ sink
///
/// It reads while the queue has room and the lane is not stalled; it writes the first piece when that is due and
/// the rate allows. When the source has ended and the queue is empty, the sink is half-closed: `isFinished`.
struct Lane {
  /// The most bytes that wait in a lane; beyond it the source feels the pressure, as on a real path.
  static let queuedBytesHigh = 1 << 16
  /// The most bytes on their way through a lane that delays: a long path holds much without being slow.
  static let delayedBytesHigh = 1 << 26
  /// The pause between single bytes and other artificial pieces, so that each arrives by itself.
  static let pieceInterval = Duration.microseconds(100)

  let direction: Direction
  private(set) var sourceEnded = false
  private(set) var isFinished = false
  /// Bytes taken in and passed on since the connection began.
  private(set) var readBytes = 0
  private(set) var passedBytes = 0
  private var queue: [(due: Instant, bytes: ArraySlice<UInt8>)] = []
  private(set) var queuedBytes = 0
  /// When the end that the source announced is to arrive.
  private var endDue: Instant?
  private var nextWrite: Instant?
  private var sinkIsFull = false

  init(_ direction: Direction) { self.direction = direction }

  // MARK: Queries

  func wantsToRead(_ faults: LinkFaults, limit: Int?) -> Bool {
    !sourceEnded && !faults.stalled.contains(direction) && queuedBytes < Self.bound(faults)
      && (limit.map { readBytes < $0 } ?? true)
  }

  func wantsToWrite(_ faults: LinkFaults) -> Bool {
    sinkIsFull && !faults.stalled.contains(direction)
  }

  private static func bound(_ faults: LinkFaults) -> Int {
    faults.delay == nil ? queuedBytesHigh : delayedBytesHigh
  }

  /// When the next piece, or the end, may go.
  func nextMoment(_ faults: LinkFaults, limit: Int?) -> Instant? {
    guard !sinkIsFull, !faults.stalled.contains(direction) else { return nil }
    guard let first = queue.first else { return isFinished ? nil : endDue }
    return passedBytes < limit ?? .max ? max(first.due, nextWrite ?? first.due) : nil
  }

  // MARK: Steps

  /// The sink was half-closed from outside: what the source still says leads nowhere.
  mutating func abandon() {
    sourceEnded = true
    isFinished = true
    queue = []
    queuedBytes = 0
  }

  /// Lets everything go at once that waits.
  mutating func release() {
    for index in queue.indices { queue[index].due = .now }
    if endDue != nil { endDue = .now }
    nextWrite = nil
  }

  /// Takes in what the source has. A failure of the source (a reset) is given back.
  mutating func read(
    from source: Int32, now: Instant, _ faults: LinkFaults, limit: Int?, _ chance: inout SeededChance,
    carried: ([UInt8]) -> Void
  ) -> Int32? {
    let room = min(Self.bound(faults) - queuedBytes, limit.map { $0 - readBytes } ?? .max)
    switch readSome(from: source, limit: min(max(1, room), bytesReadInOneTurn)) {
    case .wouldBlock: break
    case .endOfStream:
      sourceEnded = true
      endDue = due(now, faults, &chance)
    case .failed(let error): return error
    case .bytes(let bytes):
      readBytes += bytes.count
      queuedBytes += bytes.count
      carried(bytes)
      queue.append((due(now, faults, &chance), bytes[...]))
    }
    return nil
  }

  /// When something that comes in now is to go out. Later bytes never overtake it.
  private func due(_ now: Instant, _ faults: LinkFaults, _ chance: inout SeededChance) -> Instant {
    guard let delay = faults.delay else { return max(now, queue.last?.due ?? now) }
    let spread = (delay.upperBound - delay.lowerBound).nanoseconds
    let extra = Duration.nanoseconds(spread > 0 ? Int64.random(in: 0...spread, using: &chance) : 0)
    return max(now + delay.lowerBound + extra, queue.last?.due ?? now)
  }

  /// Passes on what is due, up to `limit` bytes since the connection began. False when the sink takes no more, ever.
  mutating func write(
    to sink: Int32, now: Instant, _ faults: LinkFaults, limit: Int?, _ chance: inout SeededChance
  ) -> Bool {
    guard !faults.stalled.contains(direction) else { return true }
    while let first = queue.first, first.due <= now, nextWrite.map({ $0 <= now }) ?? true, passedBytes < limit ?? .max {
      let piece = first.bytes.prefix(min(pieceSize(faults, &chance), (limit ?? .max) - passedBytes))
      guard let count = writeSome(piece, to: sink, isSocket: true) else { return false }
      sinkIsFull = count < piece.count
      take(count, now, faults)
      if sinkIsFull { break }
    }
    if queue.isEmpty, !isFinished, let endDue, endDue <= now {
      _ = shutdown(sink, Int32(SHUT_WR))
      isFinished = true
    }
    return true
  }

  private func pieceSize(_ faults: LinkFaults, _ chance: inout SeededChance) -> Int {
    var size: Int
    switch faults.pieces {
    case .asTheyCome: size = .max
    case .singleBytes: size = 1
    case .random(let most): size = Int.random(in: 1...most, using: &chance)
    }
    // A hundredth of a second's worth at a time keeps a low rate even.
    if let rate = faults.bytesPerSecond { size = min(size, max(1, rate / 100)) }
    return size
  }

  private mutating func take(_ count: Int, _ now: Instant, _ faults: LinkFaults) {
    passedBytes += count
    queuedBytes -= count
    if count == queue[0].bytes.count {
      queue.removeFirst()
    } else {
      queue[0].bytes.removeFirst(count)
    }
    nextWrite = nil
    if let rate = faults.bytesPerSecond { nextWrite = now + .nanoseconds(Int64(count) * 1_000_000_000 / Int64(rate)) }
    if case .asTheyCome = faults.pieces { return }
    nextWrite = max(nextWrite ?? now, now + Self.pieceInterval)
  }
}
