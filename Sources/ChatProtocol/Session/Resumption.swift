/// How an end finds out, at the start of a link, which of its messages the peer has: ask, answer, go.
///
/// ```
///   asking ──all answered──▶ resumed            go says where each incarnation starts; messages follow
///     │  ▲                      ▲
///     │  └─ the peer has less   │
///     │     than it had: older  │
///     │     ones are asked      │
///     └──too much to repeat──▶ needsConsent ──the person decides──┘
/// ```
///
/// The answers are all that decides what is sent again. An earlier link decides nothing, because nobody knows how much
/// of what was sent on it arrived.
///
/// The other direction of the link resumes on its own, by the peer's questions.
struct Resumption: Hashable, Sendable {
  enum State: Hashable { case asking, needsConsent, resumed }

  /// A number of an incarnation: the highest that the peer has, or the one at which it starts.
  struct Entry: Hashable {
    let incarnation: Incarnation
    let number: UInt64
  }

  private(set) var state = State.asking
  /// The highest number that the peer has of each incarnation that it was asked about or has acknowledged.
  private(set) var peerHas: [Incarnation: UInt64] = [:]
  /// The incarnations that were asked about and not answered yet, in order.
  private var asked: [Incarnation] = []
  /// Those that are asked about next.
  private var toAsk: ArraySlice<Incarnation>
  /// How many older ones are asked about at a time.
  private var askedAlso = Limits.askedAlso
  /// Whether the peer has less of one than it had acknowledged.
  private var hasLess = false
  /// Whether this end's user knows that its store is older than it was.
  private var hasReportedOlderStore = false
  private let peerKeepsStore: Bool

  /// - Parameter peerKeepsStore: whether the peer keeps a store. If not, what it had acknowledged is out of its hands.
  init(_ own: OwnMessages, peerKeepsStore: Bool) {
    toAsk = own.toAsk[...]
    self.peerKeepsStore = peerKeepsStore
  }

  /// The incarnations to ask about now; nil while an answer is owed, and after the last.
  mutating func nextQuestion() -> [Incarnation]? {
    guard state == .asking, asked.isEmpty, !toAsk.isEmpty else { return nil }
    asked = Array(toAsk.prefix(Limits.askedPerFrameMax))
    toAsk = toAsk.dropFirst(asked.count)
    return asked
  }

  // MARK: Events

  /// Takes an answer.
  mutating func answered(_ answers: [Entry], _ conversation: inout Conversation) throws(FrameViolation) {
    guard !asked.isEmpty, answers.map(\.incarnation) == asked else { throw .answeredUnasked }
    asked = []
    for answer in answers where answer.number < conversation.own.acknowledgedNumber(of: answer.incarnation) {
      hasLess = true
    }
    for answer in inOrderWritten(answers, conversation.own) { try note(answer, &conversation) }
    guard toAsk.isEmpty else { return }
    if hasLess, peerKeepsStore {
      toAsk = conversation.own.toAskAlso(peerHas, atMost: askedAlso)[...]
      askedAlso = min(2 * askedAlso, Limits.askedPerFrameMax)
      guard toAsk.isEmpty else { return }
    }
    decide(&conversation)
  }

  /// Takes an acknowledgement. ``retire(_:)`` follows once all that came together are noted.
  mutating func acknowledged(_ entry: Entry, _ conversation: inout Conversation) throws(FrameViolation) {
    // A peer must not make this end remember names that nobody has.
    guard peerHas[entry.incarnation] != nil || conversation.own.knows(entry.incarnation) else {
      throw .answeredUnasked
    }
    try note(entry, &conversation)
  }

  /// Retires what the peer has.
  /// - Returns: whether that was a message or more.
  func retire(_ conversation: inout Conversation) -> Bool {
    state == .resumed && conversation.retire(upTo: peerHas)
  }

  /// Goes on without consent, or with it.
  mutating func decided(agrees: Bool, _ conversation: inout Conversation) {
    guard state == .needsConsent else { return }
    if agrees { conversation.repeatedAbove = peerHas }
    go(repeatsAcknowledged: agrees, &conversation)
  }

  /// Notes that the peer has committed the messages of an incarnation up to a number.
  private mutating func note(_ entry: Entry, _ conversation: inout Conversation) throws(FrameViolation) {
    if entry.number > conversation.own.newestNumber(of: entry.incarnation) {
      // This opening has forgotten nothing. An older one may be in a store that was restored or copied.
      guard entry.incarnation != conversation.incarnation else { throw .acknowledgedUnsent }
      if !hasReportedOlderStore { conversation.report(.ownStoreIsOlder) }
      hasReportedOlderStore = true
    }
    conversation.acknowledged(entry.incarnation, through: entry.number)
    peerHas[entry.incarnation] = max(peerHas[entry.incarnation] ?? 0, entry.number)
  }

  /// Answers sorted by the place of their messages, so that the newest acknowledged one is the newest as written.
  private func inOrderWritten(_ answers: [Entry], _ own: OwnMessages) -> [Entry] {
    answers.map { (own.place(of: $0.incarnation) ?? -1, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  // MARK: Go

  private mutating func decide(_ conversation: inout Conversation) {
    let repeated = conversation.own.acknowledgedCount(
      in: conversation.own.toSend(above: peerHas, repeatsAcknowledged: peerKeepsStore))
    let goesBackAgain = conversation.repeatedAbove.contains { $1 > peerHas[$0] ?? $1 }
    if repeated > Limits.repeatedUnaskedMax || repeated > 0 && goesBackAgain {
      state = .needsConsent
      conversation.repeatsUndecided = repeated
      conversation.report(.repeatNeedsConsent(count: repeated))
    } else {
      // A peer that has a part of what is repeated was told before.
      if repeated > 0, conversation.repeatedAbove.isEmpty { conversation.report(.repeating(count: repeated)) }
      conversation.repeatedAbove = repeated > 0 ? peerHas : [:]
      go(repeatsAcknowledged: peerKeepsStore, &conversation)
    }
  }

  private mutating func go(repeatsAcknowledged: Bool, _ conversation: inout Conversation) {
    state = .resumed
    conversation.repeatsUndecided = 0
    conversation.beginSending(above: peerHas, repeatsAcknowledged: repeatsAcknowledged)
    conversation.report(.resumed)
  }

  /// The incarnations that start beyond the next number, because the texts between are gone.
  /// - Returns: for each of them the number of the next message that the peer can get.
  func starts(_ conversation: borrowing Conversation) -> [Entry] {
    var firstToSend: [Incarnation: UInt64] = [:]
    for run in conversation.runsToSend { firstToSend[run.incarnation] = firstToSend[run.incarnation] ?? run.first }
    return peerHas.compactMap { incarnation, has in
      let start = firstToSend[incarnation] ?? conversation.newestCommitted(of: incarnation) + 1
      return start > has + 1 ? Entry(incarnation: incarnation, number: start) : nil
    }.sorted { $0.incarnation < $1.incarnation }
  }
}
