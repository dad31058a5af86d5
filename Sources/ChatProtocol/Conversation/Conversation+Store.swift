/// The part of a conversation that a store keeps. The owner asks after every event:
///
/// - ``uncommitted`` messages: it commits them and calls ``acceptedCommitted()``, or ``takeBackUncommitted()`` if it
///   cannot.
/// - A received inbox: it commits it together with ``skipped`` and calls ``committed()``.
/// - ``unstoredAcknowledgements``: it commits them when it likes, and calls ``acknowledgementsStored()``. If they
///   are lost, the peer is asked again.
/// - ``missingTexts``: it reads them and calls ``supply(_:)``.
extension Conversation {
  // MARK: Accepting

  /// Notes that the store has all ``uncommitted`` messages. They may be sent from now on.
  public mutating func acceptedCommitted() {
    for batch in uncommitted where isResumed {
      if toLoad.isEmpty, outbox.byteCount < Limits.unacknowledgedBytesHigh {
        outbox.append(batch.lines, count: batch.count, first: batch.first)
      } else {
        appendToLoad(batch.run)
      }
    }
    uncommitted = []
  }

  /// Takes back what the store could not take. It was never accepted.
  public mutating func takeBackUncommitted() {
    own.removeLast(uncommitted.reduce(0) { $0 + $1.count })
    uncommitted = []
  }

  private mutating func appendToLoad(_ run: MessageRun) {
    if let last = toLoad.last, last.incarnation == run.incarnation, last.last + 1 == run.first {
      toLoad[toLoad.endIndex - 1].count += run.count
    } else {
      toLoad.append(run)
    }
  }

  // MARK: Opening anew

  /// Goes on as another opening of the store, as if this program had ended and begun again. The peer takes the link of
  /// an opening that is new to it in place of the one that it has, and never that of an earlier opening.
  /// - Precondition: there is no link, and all messages are committed.
  public mutating func reopen(as incarnation: Incarnation) {
    precondition(isStored && phase == .interrupted && uncommitted.isEmpty)
    own.reopen(as: incarnation)
    newestSent = 0
  }

  // MARK: Taking back

  /// Takes back the newest message of this opening that was not taken back before, if it went out on no link. It keeps
  /// its name, so that numbers have no gaps. The owner commits that, as changes to the store; if it cannot, it calls
  /// ``keepWithdrawn(_:)``.
  /// - Returns: its name; nil if there is none, or if it may have gone out.
  public mutating func withdrawLast() -> MessageName? {
    guard isStored, uncommitted.isEmpty else { return nil }
    var number = own.newestNumber
    while withdrawn.contains(MessageName(incarnation, number)) { number -= 1 }
    guard number > newestSent else { return nil }
    let name = MessageName(incarnation, number)
    withdrawn.insert(name)
    // Its text may have been read from the store.
    toLoad = outbox.removeUnsent() + toLoad
    return name
  }

  /// Notes that the store has a message as it was, which goes out after all.
  public mutating func keepWithdrawn(_ name: MessageName) { withdrawn.remove(name) }

  // MARK: Sending

  /// Notes that a session sends a piece.
  mutating func sent(_ piece: Outbox.Piece) {
    outbox.advance(over: piece)
    if piece.first.incarnation == incarnation { newestSent = max(newestSent, piece.last) }
  }

  /// Messages whose texts are to be read from the store now, in order; none while enough are here. The owner may read
  /// as many of them from the front as it likes.
  public var missingTexts: ArraySlice<MessageRun> {
    let hasEnough =
      outbox.byteCount >= Limits.unacknowledgedBytesHigh / 2 || outbox.segments.count >= Limits.segmentsLoadedHigh
    return isResumed && !hasEnough ? toLoad.prefix(Limits.runsLoadedAtOnce) : []
  }

  /// Takes texts for the first of ``missingTexts``.
  /// - Parameter batches: consecutive messages, from the first on.
  public mutating func supply(_ batches: [MessageBatch]) {
    for batch in batches {
      guard let run = toLoad.first else { preconditionFailure("texts that nobody asked for") }
      precondition(batch.first == MessageName(run.incarnation, run.first) && batch.count <= run.count)
      outbox.append(
        batch.lines, count: batch.count, first: batch.first, writtenAt: batch.writtenAt,
        isWithdrawn: batch.isWithdrawn)
      dropFromLoad(UInt64(batch.count))
    }
  }

  /// Takes messages off the first run of ``toLoad``. The others do not move: there may be one for each message.
  private mutating func dropFromLoad(_ count: UInt64) {
    guard let run = toLoad.first else { return }
    if run.count == count {
      toLoad.removeFirst()
    } else {
      toLoad[toLoad.startIndex] = MessageRun(run.incarnation, first: run.first + count, count: run.count - count)
    }
  }

  // MARK: Changes for the store

  /// Notes that the store has ``unstoredAcknowledgements``.
  public mutating func acknowledgementsStored() { unstoredAcknowledgements = [:] }

  /// The messages of the peer that are lost, to be committed with the inbox: the last number of each incarnation.
  public var skipped: [Incarnation: UInt64] { peers.skipped }

  /// Whether something was received that is not delivered: messages, or that some are lost.
  public var hasUndelivered: Bool { peers.hasUndelivered }

  /// The state of the store once all of this is committed.
  var record: ConversationRecord {
    var record = own.record
    record.committed = peers.committed
    record.withdrawn = withdrawn.filter { !isAcknowledged($0) }.sorted {
      ($0.incarnation.value, $0.number) < ($1.incarnation.value, $1.number)
    }
    return record
  }

  // MARK: For sessions

  /// Begins to send on a link, once it is known what the peer has.
  mutating func beginSending(above peerHas: [Incarnation: UInt64], repeatsAcknowledged: Bool) {
    isResumed = true
    if isStored {
      outbox = Outbox()
      toLoad = own.toSend(above: peerHas, repeatsAcknowledged: repeatsAcknowledged)[...]
      withoutUncommitted()
    } else {
      outbox.rewind()
      outbox.retire(upTo: peerHas)
    }
  }

  /// Messages that the store does not have yet follow when it has.
  private mutating func withoutUncommitted() {
    guard let first = uncommitted.first?.first, let run = toLoad.last, run.last >= first.number,
      run.incarnation == first.incarnation
    else { return }
    toLoad.removeLast()
    if run.first < first.number {
      toLoad.append(MessageRun(run.incarnation, first: run.first, count: first.number - run.first))
    }
  }

  /// The highest number of an incarnation of this end that the store has. Those that are accepted meanwhile follow.
  func newestCommitted(of incarnation: Incarnation) -> UInt64 {
    let newest = own.newestNumber(of: incarnation)
    return incarnation == self.incarnation ? uncommitted.reduce(newest) { $0 - UInt64($1.count) } : newest
  }

  /// Notes what the peer has committed of an incarnation of this end.
  mutating func acknowledged(_ incarnation: Incarnation, through number: UInt64) {
    own.acknowledge(incarnation, through: number)
    if isStored { unstoredAcknowledgements[incarnation] = own.acknowledgedNumber(of: incarnation) }
  }

  /// Retires what the peer has.
  /// - Parameter peerHas: the highest number that it has of each incarnation.
  /// - Returns: whether that was a message or more.
  mutating func retire(upTo peerHas: [Incarnation: UInt64]) -> Bool {
    let (oldest, oldestToLoad) = (outbox.segments.first, toLoad.first)
    outbox.retire(upTo: peerHas)
    while let run = toLoad.first, let newest = peerHas[run.incarnation], newest >= run.first {
      dropFromLoad(min(newest, run.last) - run.first + 1)
      if run.last > newest { break }
    }
    if outbox.isEmpty, toLoad.isEmpty { repeatedAbove = [:] }
    return outbox.segments.first != oldest || toLoad.first != oldestToLoad
  }

  /// The messages that are to be sent on this link, in order.
  var runsToSend: [MessageRun] {
    outbox.segments.map { MessageRun($0.incarnation, first: $0.first, count: UInt64($0.count)) } + toLoad
  }

  /// Whether the peer has everything.
  var isDrained: Bool {
    isResumed && outbox.isEmpty && toLoad.isEmpty && own.unacknowledgedCount == 0
  }
}
