import Basics

@testable import ChatProtocol

/// The contents of a store. The store is a model: a transaction is whole or not there.
///
/// The texts need no place: ``World/written`` has the message of each name, and ``record`` says which are kept.
struct Disk: Hashable, Sendable {
  var record = ConversationRecord()
  /// The names that were taken back. The store keeps that with each message.
  var withdrawn: [MessageName] = []
  /// The messages of the peer, in the order in which they were committed. Of a batch end, what it printed.
  var received: [Int] = []
  /// How many openings wrote into it.
  var openings: UInt64 = 0

  // Known to an observer only.

  /// Every message that was ever written into this store, or into one of which it is a copy.
  var lineage = MessageSet()
  /// The messages in ``received``.
  var receivedSet = MessageSet()
  /// The messages of the peer of which this end's user knows that they are lost.
  var reportedLost = MessageSet()

  func keeps(_ name: MessageName) -> Bool {
    record.written.contains { $0.incarnation == name.incarnation && $0.first <= name.number && name.number <= $0.last }
  }

  /// The record that a program reads when it opens the store.
  var openedRecord: ConversationRecord {
    var opened = record
    opened.withdrawn = withdrawn.filter { record.acknowledged[$0.incarnation] ?? 0 < $0.number }
    return opened
  }

  /// Stores that a message was accepted.
  mutating func append(_ name: MessageName) {
    if let last = record.written.last, last.incarnation == name.incarnation, last.last + 1 == name.number {
      record.written[record.written.count - 1].count += 1
    } else {
      record.written.append(MessageRun(name.incarnation, first: name.number, count: 1))
    }
  }

  /// Stores what the peer has acknowledged.
  /// - Parameters:
  ///   - numbers: the highest number of each incarnation.
  ///   - byTime: whether a fault is planted.
  mutating func acknowledge(_ numbers: [Incarnation: UInt64], keepsHistory: Bool, byTime: Bool) {
    guard !numbers.isEmpty else { return }
    let names = numbers.map { MessageName($0.key, $0.value) }
    var own = OwnMessages(record, incarnation: Incarnation(0), keepsHistory: keepsHistory)
    for name in names.sorted(by: { place(of: $0) < place(of: $1) }) {
      own.acknowledge(name.incarnation, through: name.number)
    }
    let committed = record.committed
    record = own.record
    record.committed = committed
    // The present incarnation is asked about first, and so answered first.
    if byTime { record.newestAcknowledged = names.min { place(of: $0) < place(of: $1) } }
  }

  private func place(of name: MessageName) -> Int {
    record.written.lastIndex { $0.incarnation == name.incarnation && $0.first <= name.number } ?? -1
  }
}

/// A running program: the memory that a crash takes away.
struct Process: Hashable, Sendable {
  let kind: Setup.Kind
  var conversation: Conversation
  var choice = LinkChoice()
  /// The number of its newest greeting.
  var generation: UInt64 = 0
  var session: FramedSession?
  /// The link of the session.
  var link: Int?
  /// When it gives up; nil while it does not.
  var giveUpAt: Instant?
  var lastEnding = SessionEnding.broken
  /// The lines of a batch input that are not accepted yet.
  var inputLeft = 0
  /// Whether it waits in the room of a relay, as far as it knows.
  var waits = false
  /// Whether its person is asked whether messages are to be repeated.
  var isAsked = false

  // Reported to its user.

  /// How many messages of the peer are lost, beyond those that were committed as lost.
  var reportedLostCount: UInt64 = 0
  /// Whether messages that were acknowledged are sent again.
  var repeatIsReported = false

  var isBatch: Bool { kind == .batch }
  var party: Party { isBatch ? .batch(stays: false) : .person }

  init(_ kind: Setup.Kind, incarnation: Incarnation, record: ConversationRecord) {
    self.kind = kind
    let storage: Conversation.Storage =
      switch kind {
      case .person(let keepsHistory): .store(keepsHistory: keepsHistory)
      case .batch: .memory
      }
    conversation = Conversation(
      party: kind == .batch ? .batch(stays: false) : .person, storage: storage, incarnation: incarnation, record: record
    )
  }

  var keepsHistory: Bool { kind == .person(keepsHistory: true) }

  func greeting(generation: UInt64) -> Greeting {
    Greeting(
      isPerson: !isBatch, name: nil, incarnation: conversation.incarnation, generation: generation,
      keepsStore: !isBatch)
  }

  /// Begins a session on a link.
  mutating func use(_ link: Int, peer: Greeting, rest: [UInt8], now: Instant) {
    if conversation.phase == .linked { conversation.linkEnded(.broken, resumes: true) }
    conversation.linkUp(acknowledges: true)
    session = FramedSession(party: party, peer: peer, rest: rest, now: now)
    self.link = link
    giveUpAt = nil
    isAsked = false
    receiveMore(now)
  }

  mutating func receive(_ bytes: [UInt8], _ now: Instant) {
    session?.received(bytes[...], &conversation, now: now)
    takeEvents()
  }

  mutating func receiveMore(_ now: Instant) {
    session?.receiveMore(&conversation, now: now)
    takeEvents()
  }

  mutating func receiveEnd(isReset: Bool, _ now: Instant) {
    if isReset {
      session?.linkOver(failed: true, &conversation, now: now)
    } else {
      session?.receivedEnd(announced: true, &conversation, now: now)
    }
  }

  mutating func sendFailed(_ now: Instant) { session?.sendFailed(&conversation, now: now) }

  mutating func deadlinePassed(unread: Bool, _ now: Instant) {
    session?.deadlinePassed(&conversation, unread: unread, now: now)
  }

  mutating func advance(_ now: Instant) {
    session?.advance(&conversation, now: now)
    takeEvents()
  }

  /// Takes the bytes that go out now.
  mutating func output(_ now: Instant) -> [UInt8] {
    guard let session else { return [] }
    let bytes = Array(session.bytesToSend(of: conversation))
    if !bytes.isEmpty { self.session?.sent(bytes.count, &conversation, now: now) }
    return bytes
  }

  /// Announces the end of this end's bytes, if that is due.
  mutating func takeEnd(_ now: Instant) -> Bool {
    guard let session, session.owesEnd(of: conversation) else { return false }
    self.session?.endSent(&conversation, now: now)
    return true
  }

  /// Ends the session because another opening of the peer has the conversation.
  mutating func refuseTakenOver(_ now: Instant) -> [UInt8] {
    session?.refuse(.takenOver, &conversation, now: now)
    return output(now)
  }

  // MARK: Questions, so that nobody copies a process to ask

  /// Whether it takes a message.
  /// - Parameter messagesLeft: those that its person would write; a batch input has its own.
  func accepts(messagesLeft: Int) -> Bool {
    conversation.isOpen && (isBatch ? conversation.hasOutboxRoom && inputLeft > 0 : messagesLeft > 0)
  }
  /// The name of the next message.
  var nextName: MessageName { MessageName(conversation.incarnation, UInt64(conversation.acceptedCount) + 1) }
  var hasSession: Bool { session != nil }
  /// Whether a message of this opening was not taken back.
  var hasWritten: Bool { conversation.writtenCount > 0 }
  var deadline: Instant? { session?.deadline }
  var ending: SessionEnding? { session?.ending }
  var hasReceivedMore: Bool { session?.hasReceivedMore == true }
  /// Whether something waits for a transaction.
  var owesCommit: Bool { !conversation.uncommitted.isEmpty || conversation.hasUndelivered }
  /// Whether it reads its link now.
  var reads: Bool {
    guard let session else { return true }
    return session.wantsToReceive && !session.hasReceivedMore && conversation.hasInboxRoom
  }
  /// Whether it is linked, has nothing to send and does not want to end.
  var isAtRest: Bool { session != nil && conversation.isDrained && conversation.wish == .open && !owesCommit }

  /// The first of some messages that it takes for acknowledged.
  func acknowledgedMessage(among written: [World.Written], outside known: MessageSet, of family: Int) -> Int? {
    written.indices.first { index in
      let message = written[index]
      return message.machine / 2 == family && !known.contains(index)
        && conversation.own.acknowledgedNumber(of: message.name.incarnation) >= message.name.number
    }
  }

  /// The bound that it is beyond; nil if there is none.
  func excess(_ now: Instant) -> String? {
    if conversation.unsentBytes > Limits.unacknowledgedBytesHigh + Limits.messageBytesMax + 1 {
      return "has an outbox of \(conversation.unsentBytes) bytes"
    }
    if conversation.inbox.bytes.count > Limits.inboxBytesHigh + Frame.payloadBytesMax {
      return "has an inbox of \(conversation.inbox.bytes.count) bytes"
    }
    guard let session, session.ending == nil else { return nil }
    let queued = session.bytesToSend(of: conversation).count
    if queued > Limits.frameFillBytes + 2 * Frame.payloadBytesMax { return "has \(queued) bytes to write" }
    guard let deadline = session.deadline, deadline - now <= Limits.batchDrainSilence else {
      return "waits without end"
    }
    return nil
  }

  private mutating func takeEvents() {
    for event in conversation.takeEvents() {
      switch event {
      case .resumed, .ownStoreIsOlder: break
      case .repeating: repeatIsReported = true
      case .repeatNeedsConsent:
        repeatIsReported = true
        isAsked = true
      case .peerLost(let count): reportedLostCount += count
      }
    }
  }
}

/// One computer: a disk, perhaps an older state of it somewhere, and a program that runs or does not.
struct Machine: Hashable, Sendable {
  var disk = Disk()
  var backup: Disk?
  /// Set by ``run(_:)``.
  var process: Process?
  /// Whether there is a process. To look at an optional of that size costs a copy.
  private(set) var isRunning = false
  /// Seconds that were added to its wall clock.
  var clockOffset = 0

  /// Starts a program, or ends it.
  mutating func run(_ process: Process?) {
    self.process = process
    isRunning = process != nil
  }
}
