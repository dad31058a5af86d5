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
/// Taking an acknowledgement costs the same however many openings there were.
struct OwnMessages: Hashable, Sendable {
  /// The present opening.
  let incarnation: Incarnation
  /// Whether texts are kept after they are acknowledged.
  private let keepsHistory: Bool
  private var runs: WrittenRuns
  private(set) var acknowledged: [Incarnation: UInt64]
  private var newestAcknowledged: MessageName?
  /// The number of the newest message of this opening; 0 before the first.
  private(set) var newestNumber: UInt64 = 0
  /// The number of messages that are not acknowledged.
  private(set) var unacknowledgedCount = 0

  /// The messages that a store keeps of earlier openings, and none of this one.
  init(_ record: ConversationRecord, incarnation: Incarnation, keepsHistory: Bool) {
    runs = WrittenRuns(record.written)
    precondition(!runs.has(incarnation), "an incarnation is never taken up again")
    self.incarnation = incarnation
    self.keepsHistory = keepsHistory
    acknowledged = record.acknowledged
    newestAcknowledged = record.newestAcknowledged
    for run in record.written where run.last > acknowledgedNumber(of: run.incarnation) {
      unacknowledgedCount += Int(run.last - max(run.first - 1, acknowledgedNumber(of: run.incarnation)))
    }
  }

  /// The messages whose text is kept, in the order in which they were written.
  var written: [MessageRun] { runs.all }

  /// The name of the newest of them; nil if there is none.
  var newestWritten: MessageName? { runs.last.map { MessageName($0.incarnation, $0.last) } }

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
    runs.append(MessageRun(incarnation, first: first, count: UInt64(count)))
    newestNumber += UInt64(count)
    unacknowledgedCount += count
    return MessageName(incarnation, first)
  }

  /// Takes the names of the newest messages back, because the store could not take them. Nobody has seen them.
  mutating func removeLast(_ count: Int) {
    guard count > 0 else { return }
    precondition(runs.last?.incarnation == incarnation)
    runs.removeLast(UInt64(count))
    newestNumber -= UInt64(count)
    unacknowledgedCount -= count
  }

  // MARK: What the peer has

  /// The highest number of an incarnation that the peer has acknowledged; 0 for none.
  func acknowledgedNumber(of incarnation: Incarnation) -> UInt64 { acknowledged[incarnation] ?? 0 }

  /// The highest number that is known to be a name of an incarnation; 0 for none.
  func newestNumber(of incarnation: Incarnation) -> UInt64 {
    if incarnation == self.incarnation { return newestNumber }
    return max(runs.place(of: incarnation).map { runs[$0].last } ?? 0, acknowledgedNumber(of: incarnation))
  }

  /// Whether an incarnation is one of this end's, as far as is remembered.
  func knows(_ incarnation: Incarnation) -> Bool {
    incarnation == self.incarnation || acknowledged[incarnation] != nil || runs.has(incarnation)
  }

  /// The place of the newest message of an incarnation among all that were written; nil if its text is not kept.
  func place(of incarnation: Incarnation) -> Int? { runs.place(of: incarnation) }

  /// Notes that the peer has committed the messages of an incarnation up to a number. A smaller number than before
  /// changes nothing.
  mutating func acknowledge(_ incarnation: Incarnation, through number: UInt64) {
    let before = acknowledgedNumber(of: incarnation)
    guard number > before else { return }
    acknowledged[incarnation] = number
    let newest = runs.place(of: incarnation, through: number)
    if let newest, isNewer(newest) {
      newestAcknowledged = MessageName(incarnation, min(runs[newest].last, number))
    }
    var place = newest
    while let here = place, runs[here].last > before {
      let run = runs[here]
      unacknowledgedCount -= Int(min(run.last, number) - max(run.first - 1, before))
      place = runs.previous(here)
      if !keepsHistory { runs.drop(through: number, at: here) }
    }
  }

  /// Whether a place in ``runs`` is not before that of ``newestAcknowledged``. A name whose text is not kept is older
  /// than all that are.
  private func isNewer(_ place: Int) -> Bool {
    newestAcknowledged.flatMap { runs.place(of: $0.incarnation, through: $0.number) }.map { $0 <= place } ?? true
  }

  // MARK: Resuming

  /// The incarnations that the peer is asked about first: this one, those with messages that are not acknowledged, and
  /// that of the newest acknowledged message.
  var toAsk: [Incarnation] {
    var result = [incarnation]
    var isAsked: Set = [incarnation]
    for run in written where run.last > acknowledgedNumber(of: run.incarnation) {
      if isAsked.insert(run.incarnation).inserted { result.append(run.incarnation) }
    }
    if let newest = newestAcknowledged?.incarnation, !isAsked.contains(newest) { result.append(newest) }
    return result
  }

  /// The incarnations that are asked about once the peer has less than it had acknowledged: those with messages that
  /// were written after the newest that the peer has, the newest first.
  /// - Parameter answers: the highest number that the peer has of each incarnation that it was asked about.
  func toAskAlso(_ answers: [Incarnation: UInt64], atMost limit: Int) -> [Incarnation] {
    var result: [Incarnation] = []
    var isAsked: Set<Incarnation> = []
    for run in written.reversed() {
      if let answer = answers[run.incarnation] {
        // The peer has this one, so it has all that was written before it.
        if run.first <= answer { break }
      } else if isAsked.insert(run.incarnation).inserted {
        result.append(run.incarnation)
        if result.count == limit { break }
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
