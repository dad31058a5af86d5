/// The names of the messages that were written at this end, in the order in which they were written, and how far the
/// peer has acknowledged them.
///
/// Messages go out in this order only. So the part that the peer has is always a beginning of it, whatever was cut or
/// restarted between.
///
/// ```
///   written:       i1: 1 … 9     i2: 1 … 4     i3: 1 2        (i3 is this opening)
///   acknowledged:  i1: 9         i2: 2
///                                       └ to be sent: i2 from 3, then i3 from 1
/// ```
///
/// Invariants: a message that is not acknowledged is in ``written``. The numbers of an incarnation rise in ``written``.
struct OwnMessages: Hashable, Sendable {
  /// The present opening.
  let incarnation: Incarnation
  /// Whether texts are kept after they are acknowledged.
  private let keepsHistory: Bool
  private(set) var written: [MessageRun]
  private(set) var acknowledged: [Incarnation: UInt64]
  private var newestAcknowledged: MessageName?
  /// The number of the newest message of this opening; 0 before the first.
  private(set) var newestNumber: UInt64 = 0
  /// The number of messages that are not acknowledged.
  private(set) var unacknowledgedCount = 0

  /// The messages that a store keeps of earlier openings, and none of this one.
  init(_ record: ConversationRecord, incarnation: Incarnation, keepsHistory: Bool) {
    precondition(!record.written.contains { $0.incarnation == incarnation }, "an incarnation is never taken up again")
    self.incarnation = incarnation
    self.keepsHistory = keepsHistory
    written = record.written
    acknowledged = record.acknowledged
    newestAcknowledged = record.newestAcknowledged
    for run in written where run.last > acknowledgedNumber(of: run.incarnation) {
      unacknowledgedCount += Int(run.last - max(run.first - 1, acknowledgedNumber(of: run.incarnation)))
    }
  }

  /// The part of this that a store keeps.
  var record: ConversationRecord {
    var record = ConversationRecord()
    (record.written, record.acknowledged) = (written, acknowledged)
    record.newestAcknowledged = newestAcknowledged
    return record
  }

  /// Goes on as another opening: new messages get names of the new incarnation.
  mutating func reopen(as incarnation: Incarnation) {
    self = OwnMessages(record, incarnation: incarnation, keepsHistory: keepsHistory)
  }

  /// Names new messages.
  /// - Returns: the name of the first of them.
  mutating func append(count: Int) -> MessageName {
    let first = newestNumber + 1
    if let last = written.last, last.incarnation == incarnation, last.last + 1 == first {
      written[written.count - 1].count += UInt64(count)
    } else {
      written.append(MessageRun(incarnation, first: first, count: UInt64(count)))
    }
    newestNumber += UInt64(count)
    unacknowledgedCount += count
    return MessageName(incarnation, first)
  }

  /// Takes the names of the newest messages back, because the store could not take them. Nobody has seen them.
  mutating func removeLast(_ count: Int) {
    guard count > 0 else { return }
    precondition(written.last?.incarnation == incarnation && written[written.count - 1].count >= UInt64(count))
    written[written.count - 1].count -= UInt64(count)
    if written[written.count - 1].count == 0 { written.removeLast() }
    newestNumber -= UInt64(count)
    unacknowledgedCount -= count
  }

  // MARK: What the peer has

  /// The highest number of an incarnation that the peer has acknowledged; 0 for none.
  func acknowledgedNumber(of incarnation: Incarnation) -> UInt64 { acknowledged[incarnation] ?? 0 }

  /// The highest number that is known to be a name of an incarnation; 0 for none.
  func newestNumber(of incarnation: Incarnation) -> UInt64 {
    if incarnation == self.incarnation { return newestNumber }
    return max(written.last { $0.incarnation == incarnation }?.last ?? 0, acknowledgedNumber(of: incarnation))
  }

  /// Whether an incarnation is one of this end's, as far as is remembered.
  func knows(_ incarnation: Incarnation) -> Bool {
    incarnation == self.incarnation || acknowledged[incarnation] != nil
      || written.contains { $0.incarnation == incarnation }
  }

  /// Notes that the peer has committed the messages of an incarnation up to a number. A smaller number than before
  /// changes nothing.
  mutating func acknowledge(_ incarnation: Incarnation, through number: UInt64) {
    let before = acknowledgedNumber(of: incarnation)
    guard number > before else { return }
    acknowledged[incarnation] = number
    for run in written where run.incarnation == incarnation && run.last > before {
      let newest = min(run.last, number)
      guard newest >= run.first else { continue }
      unacknowledgedCount -= Int(newest - max(run.first - 1, before))
    }
    if let newest = position(of: incarnation, through: number), isNewer(newest) {
      newestAcknowledged = MessageName(incarnation, min(written[newest].last, number))
    }
    if !keepsHistory { dropAcknowledged() }
  }

  /// The place in ``written`` of the newest message of an incarnation up to a number.
  private func position(of incarnation: Incarnation, through number: UInt64) -> Int? {
    written.lastIndex { $0.incarnation == incarnation && $0.first <= number }
  }

  /// Whether a place in ``written`` is not before that of ``newestAcknowledged``. A name whose text is not kept is
  /// older than all that are.
  private func isNewer(_ place: Int) -> Bool {
    newestAcknowledged.flatMap { position(of: $0.incarnation, through: $0.number) }.map { $0 <= place } ?? true
  }

  private mutating func dropAcknowledged() {
    written = written.compactMap { run in
      let number = acknowledgedNumber(of: run.incarnation)
      guard run.last > number else { return nil }
      let first = max(run.first, number + 1)
      return MessageRun(run.incarnation, first: first, count: run.last - first + 1)
    }
  }

  // MARK: Resuming

  /// The incarnations that the peer is asked about first: this one, those with messages that are not acknowledged, and
  /// that of the newest acknowledged message.
  var toAsk: [Incarnation] {
    var result = [incarnation]
    for run in written
    where run.last > acknowledgedNumber(of: run.incarnation) && !result.contains(run.incarnation) {
      result.append(run.incarnation)
    }
    if let newest = newestAcknowledged?.incarnation, !result.contains(newest) { result.append(newest) }
    return result
  }

  /// The incarnations that are asked about once the peer has less than it had acknowledged: those with messages that
  /// were written after the newest that the peer has, the newest first.
  /// - Parameter answers: the highest number that the peer has of each incarnation that it was asked about.
  func toAskAlso(_ answers: [Incarnation: UInt64], atMost limit: Int) -> [Incarnation] {
    var result: [Incarnation] = []
    for run in written.reversed() {
      if let answer = answers[run.incarnation] {
        // The peer has this one, so it has all that was written before it.
        if run.first <= answer { break }
      } else if !result.contains(run.incarnation), result.count < limit {
        result.append(run.incarnation)
      }
    }
    return result
  }

  /// The messages to send to a peer, in the order in which they were written.
  ///
  /// The messages that a peer has are a beginning of them. So nothing is sent again that was written before the newest
  /// message that it says it has, whatever it says of older ones.
  /// - Parameters:
  ///   - answers: the highest number that the peer has of each incarnation that it was asked about.
  ///   - repeatsAcknowledged: whether messages are sent again that the peer has once acknowledged and lacks now.
  func toSend(above answers: [Incarnation: UInt64], repeatsAcknowledged: Bool) -> [MessageRun] {
    let newest = written.lastIndex { $0.first <= answers[$0.incarnation] ?? 0 } ?? 0
    return written.enumerated().compactMap { index, run in
      let acknowledged = acknowledgedNumber(of: run.incarnation)
      var has = answers[run.incarnation] ?? acknowledged
      if !repeatsAcknowledged || index < newest { has = max(has, acknowledged) }
      guard run.last > has else { return nil }
      let first = max(run.first, has + 1)
      return MessageRun(run.incarnation, first: first, count: run.last - first + 1)
    }
  }

  /// The number of messages among some runs that the peer has once acknowledged.
  func acknowledgedCount(in runs: [MessageRun]) -> Int {
    runs.reduce(0) { count, run in
      let newest = min(run.last, acknowledgedNumber(of: run.incarnation))
      return count + (newest >= run.first ? Int(newest - run.first) + 1 : 0)
    }
  }
}
