import Basics
import ChatProtocol
import Sockets

/// Writes the journal to standard error, as far as it is taken, without waiting for its reader.
struct JournalWriter {
  private let journal: Journal
  private var unwritten = ByteQueue()
  /// The time at which standard error, which had no room, is tried again.
  private var writeAgainAt: Instant?
  /// The time at which what waits is given up, after all else has ended.
  private var giveUpAt: Instant?
  private static let writePause = Duration.milliseconds(50)

  init(_ journal: Journal) { self.journal = journal }

  var deadline: Instant? { nearest(writeAgainAt, giveUpAt) }
  var isEmpty: Bool { unwritten.isEmpty }

  /// - Parameter isLast: whether nothing but this holds up the end.
  mutating func write(now: Instant, isLast: Bool) {
    writeAgainAt = nil
    // Also while standard error takes nothing: waking for every further line would only spin.
    journal.clear()
    repeat {
      // Taken only when the last was written: what comes meanwhile is bounded by the journal.
      if unwritten.isEmpty { unwritten.append(journal.take()) }
      guard !unwritten.isEmpty else { return }
      let taken = StandardError.writeNow(unwritten.bytes)
      unwritten.drop(first: taken)
      if taken == 0 { writeAgainAt = now + JournalWriter.writePause }
    } while writeAgainAt == nil
    guard isLast else { return }
    let giveUpAt = giveUpAt ?? now + Limits.drainSilence
    self.giveUpAt = giveUpAt
    if giveUpAt <= now { unwritten.drop(first: unwritten.count) }
  }
}
