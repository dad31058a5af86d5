import Basics

@testable import ChatProtocol

/// One end of a conversation that outlives links and openings: a store, and what is in memory while it is open.
///
/// The store is a value, so that a test restores an older one by assigning it.
struct ResumingEnd {
  /// The content of the disk.
  struct Store: Hashable {
    var record = ConversationRecord()
    /// The texts of this end's messages.
    var texts: [MessageName: String] = [:]
    /// The peer's messages, in the order in which they were committed.
    var received: [String] = []
  }

  let isBatch: Bool
  let keepsHistory: Bool
  var store = Store()
  /// The reports since the start.
  var events: [ConversationEvent] = []
  private(set) var conversation: Conversation
  private(set) var session: FramedSession?
  private static let now = Instant(sinceOrigin: .zero)

  init(_ incarnation: UInt64, isBatch: Bool = false, keepsHistory: Bool = true) {
    self.isBatch = isBatch
    self.keepsHistory = keepsHistory
    conversation = Conversation(party: .person)
    open(incarnation)
  }

  /// Opens the store anew, as after a crash. A batch end has nothing to open.
  mutating func open(_ incarnation: UInt64) {
    session = nil
    events = []
    if isBatch { store = Store() }
    conversation = Conversation(
      party: isBatch ? .batch(stays: true) : .person,
      storage: isBatch ? .memory : .store(keepsHistory: keepsHistory), incarnation: Incarnation(incarnation),
      record: store.record)
  }

  /// Goes on as another opening, without an end of the program.
  mutating func reopen(_ incarnation: UInt64) { conversation.reopen(as: Incarnation(incarnation)) }

  var greeting: Greeting {
    Greeting(isPerson: !isBatch, name: nil, incarnation: conversation.incarnation, keepsStore: !isBatch)
  }

  mutating func link(to peer: Greeting) {
    conversation.linkUp(acknowledges: true)
    session = FramedSession(party: .person, peer: peer, now: ResumingEnd.now)
  }

  mutating func cut() {
    guard session != nil else { return }
    session?.linkOver(failed: true, &conversation, now: ResumingEnd.now)
    conversation.linkEnded(.broken, resumes: true)
    session = nil
  }

  /// Writes a message, and commits it.
  mutating func write(_ text: String) {
    accept(text)
    commitAccepted()
  }

  /// Writes a message that the store does not have yet.
  mutating func accept(_ text: String) { conversation.accept(text.utf8, writtenAt: 1) }

  mutating func commitAccepted() {
    for batch in conversation.uncommitted {
      store.texts[batch.first] = String(decoding: batch.lines.dropLast(), as: UTF8.self)
    }
    conversation.acceptedCommitted()
    keepRecord()
  }

  /// Takes the last message back, and commits that: it has no text any more.
  /// - Returns: whether there was one that had not gone out.
  mutating func withdrawLast() -> Bool {
    guard let name = conversation.withdrawLast() else { return false }
    store.texts[name] = nil
    return true
  }

  mutating func want(_ wish: Conversation.Wish) { conversation.want(wish) }

  /// Ends the session for a reason.
  mutating func refuse(_ reason: Goodbye.Reason) {
    session?.refuse(reason, &conversation, now: ResumingEnd.now)
  }

  mutating func decideRepeat(agrees: Bool) { conversation.decideRepeat(agrees: agrees) }

  /// Everything that goes out now.
  mutating func output() -> [UInt8] {
    var bytes: [UInt8] = []
    guard session != nil else { return bytes }
    while true {
      session?.advance(&conversation, now: ResumingEnd.now)
      while let run = conversation.missingTexts.first {
        let name = MessageName(run.incarnation, run.first)
        let line = Array((store.texts[name] ?? "").utf8) + [0x0A]
        conversation.supply([
          MessageBatch(first: name, count: 1, writtenAt: 1, isWithdrawn: store.texts[name] == nil, lines: line[...])
        ])
      }
      session?.advance(&conversation, now: ResumingEnd.now)
      let next = Array(session?.bytesToSend(of: conversation) ?? [])
      guard !next.isEmpty else { return bytes }
      bytes += next
      session?.sent(next.count, &conversation, now: ResumingEnd.now)
    }
  }

  /// Takes bytes of the peer, and commits what they bring.
  /// - Parameter commits: false for an end that is killed before it does.
  mutating func receive(_ bytes: [UInt8], commits: Bool = true) {
    guard !bytes.isEmpty else { return }
    session?.received(bytes[...], &conversation, now: ResumingEnd.now)
    if commits { commit() }
    events += conversation.takeEvents()
  }

  /// Commits what was received, and takes what waits for that.
  mutating func commitReceived() {
    commit()
    session?.receiveMore(&conversation, now: ResumingEnd.now)
  }

  private mutating func commit() {
    for entry in conversation.inbox.entries {
      store.received.append(String(decoding: conversation.inbox.text(entry), as: UTF8.self))
    }
    conversation.committed()
    keepRecord()
  }

  private mutating func keepRecord() {
    conversation.acknowledgementsStored()
    guard !isBatch else { return }
    store.record = conversation.record
    if !keepsHistory {
      let kept = Set(
        store.record.written.flatMap { run in (run.first...run.last).map { MessageName(run.incarnation, $0) } })
      store.texts = store.texts.filter { kept.contains($0.key) }
    }
  }
}

/// Links two ends, and carries until nothing moves.
func settle(_ left: inout ResumingEnd, _ right: inout ResumingEnd) {
  if left.session == nil || right.session == nil {
    left.cut()
    right.cut()
    left.link(to: right.greeting)
    right.link(to: left.greeting)
  }
  while true {
    let (toRight, toLeft) = (left.output(), right.output())
    if toRight.isEmpty, toLeft.isEmpty { return }
    right.receive(toRight)
    left.receive(toLeft)
  }
}
