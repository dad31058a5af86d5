/// The state that two peers share: the messages owed to the peer, those received from it, the party at this end, and
/// whether the conversation goes on.
///
/// A conversation can outlive its links, and holds none: the table of links does. A ``Session`` is the exchange on one
/// link. It takes outgoing messages from the conversation and puts received ones into it.
///
/// ```
///   waiting ──linkUp──▶ linked ──linkEnded, can resume──▶ interrupted ──linkUp──▶ linked
///                         └─────linkEnded, cannot resume──▶ over ◀──gaveUp──┘
/// ```
///
/// Beside the phase there is this end's ``Wish``, which moves one way only. A message enters in one place:
/// ``accept(_:count:)``.
///
/// It makes no system call. With a ``Storage/store(keepsHistory:)`` its owner commits what was accepted and received,
/// and hands over the texts that are to be sent; `Conversation+Store.swift` has that part.
///
/// Invariants: ``phase`` never leaves `over`. A message is accepted only while ``isOpen``. An accepted message is owed
/// until the peer has acknowledged it; in plain text, until the kernel took it.
public struct Conversation: Hashable, Sendable {
  /// The relation of a conversation to its links.
  public enum Phase: Hashable, Sendable {
    /// There was no link yet.
    case waiting
    /// A link is up.
    case linked
    /// The link is gone, and another one resumes where it ended.
    case interrupted
    /// The last session ended, and no other will follow.
    case over(SessionEnding)
  }

  /// The intention of this end. It moves only down this list.
  public enum Wish: Int, Comparable, Sendable {
    /// This end may send more.
    case open
    /// The input has ended, and all of it was accepted.
    case inputEnded
    /// This end leaves once all accepted messages are sent.
    case leave
    /// This end leaves at once, whatever is lost.
    case abandon

    /// Whether `left` comes before `right` in the list.
    public static func < (left: Wish, right: Wish) -> Bool { left.rawValue < right.rawValue }
  }

  /// The place where the messages of this end are kept.
  public enum Storage: Hashable, Sendable {
    /// This process: a batch input, or a conversation that is not stored.
    case memory
    /// A store on the disk.
    /// - Parameter keepsHistory: whether it keeps texts that both ends have.
    case store(keepsHistory: Bool)
  }

  /// The party at this end.
  let party: Party
  /// The place where the messages of this end are kept.
  let storage: Storage
  /// The relation to the links.
  public private(set) var phase = Phase.waiting
  /// The intention of this end.
  public private(set) var wish = Wish.open

  /// The names of the messages of this end.
  var own: OwnMessages
  /// How far those of the peer are here.
  var peers: PeerMessages
  /// The texts that are sent. Without a store it holds every message that is owed.
  var outbox = Outbox()
  /// The messages that are to be sent and whose texts are in the store only, in the order in which they were written.
  var toLoad: ArraySlice<MessageRun> = []
  /// The number of the newest message of this opening that went out on any link; 0 before the first.
  var newestSent: UInt64 = 0
  /// The messages of this end that were taken back: in this program, and earlier if the peer does not have them.
  var withdrawn: Set<MessageName>
  /// The messages that were accepted and are not in the store yet.
  public internal(set) var uncommitted: [MessageBatch] = []
  /// The acknowledgements that are not in the store yet: the highest number of each incarnation of this end.
  public internal(set) var unstoredAcknowledgements: [Incarnation: UInt64] = [:]
  /// Whether the session of the present link knows what the peer has, so that messages may go out.
  var isResumed = false
  /// The messages that the peer had when those it had lost were last sent again; empty once it has all of them. A peer
  /// that has less than this goes back once more.
  var repeatedAbove: [Incarnation: UInt64] = [:]
  /// How many such messages wait for the decision of this end's person.
  var repeatsUndecided = 0
  /// The decision of this end's person about messages that are to be repeated; nil once a session knows, and before.
  private var repeatDecision: Bool?
  /// Events that this end's user has not been told.
  private var events: [ConversationEvent] = []

  /// Messages of the peer that are not committed yet. A session adds to them; the owner commits and removes them.
  public var inbox = ReceivedMessages()
  /// The number of messages received from the peer, committed or not.
  public internal(set) var receivedCount = 0
  /// The reason for which this end refuses what it received; nil while it takes it.
  private(set) var refusal: Goodbye.Reason?

  /// Whether messages stay in the outbox until the peer has acknowledged them.
  private var isAcknowledged = false
  /// Whether a session takes no further messages from this end.
  private var acceptsNoMore = false

  /// A conversation without a link.
  /// - Parameters:
  ///   - incarnation: the name of this opening, which no other has. Plain text does without.
  ///   - record: what a store keeps of earlier openings.
  public init(
    party: Party, storage: Storage = .memory, incarnation: Incarnation = Incarnation(0),
    record: ConversationRecord = ConversationRecord()
  ) {
    self.party = party
    self.storage = storage
    own = OwnMessages(record, incarnation: incarnation, keepsHistory: storage == .store(keepsHistory: true))
    withdrawn = Set(record.withdrawn)
    peers = PeerMessages(committed: record.committed)
  }

  // MARK: Questions

  /// Whether messages are accepted at all: now, or once the outbox is below its high-water mark.
  public var isOpen: Bool {
    guard !acceptsNoMore, wish == .open else { return false }
    return switch phase {
    case .linked: true
    case .interrupted: true
    // The peer must be known, and a store must keep the message.
    case .waiting: isStored
    case .over: false
    }
  }
  /// Whether a message is accepted now: this end is open, and the outbox is below its high-water mark.
  public var hasOutboxRoom: Bool {
    isOpen && outbox.byteCount < (isAcknowledged ? Limits.unacknowledgedBytesHigh : Limits.outboxBytesHigh)
  }
  /// The same for a message that a person typed: a person is not told to wait, and cannot type without end. A store has
  /// room until the disk is full.
  public var hasRoomForTyping: Bool { isOpen && (isStored || outbox.byteCount < Limits.typedBytesHigh) }
  /// The size of the messages that are owed to the peer, as far as they are not in a store only.
  public var unsentBytes: Int { outbox.byteCount }
  /// Whether the received messages that wait to be committed leave room for more.
  public var hasInboxRoom: Bool { inbox.bytes.count < Limits.inboxBytesHigh && peers.hasRoom }
  /// The number of messages that were accepted in this opening.
  public var acceptedCount: Int { Int(own.newestNumber) }
  /// The number of messages that were accepted in this opening and not taken back.
  public var writtenCount: Int { acceptedCount - withdrawn.count { $0.incarnation == incarnation } }
  /// The number of messages that the peer does not have, as far as is known. One that was taken back counts only if the
  /// peer had it and gets it again.
  public var unsentCount: Int {
    guard isAcknowledged || isStored else { return outbox.messageCount }
    let repeated = repeatedAbove.isEmpty ? 0 : own.acknowledgedCount(in: runsToSend)
    let withdrawn = withdrawn.count { !isAcknowledged($0) }
    return own.unacknowledgedCount - withdrawn + repeated + repeatsUndecided
  }
  /// The ending of the last session; nil before ``phase`` is `over`.
  public var ending: SessionEnding? { if case .over(let ending) = phase { ending } else { nil } }
  /// The name of the newest message of this opening; nil before the first.
  public var newestName: MessageName? { acceptedCount == 0 ? nil : MessageName(incarnation, own.newestNumber) }
  /// The name of the newest message of this end whose text is kept, of whatever opening; nil if there is none. Once the
  /// peer has it, it has all.
  public var newestWritten: MessageName? { own.newestWritten }
  /// Whether the peer has acknowledged a message of this end.
  public func isAcknowledged(_ name: MessageName) -> Bool {
    own.acknowledgedNumber(of: name.incarnation) >= name.number
  }
  /// The name of this opening.
  public var incarnation: Incarnation { own.incarnation }
  var isStored: Bool { storage != .memory }

  // MARK: This end

  /// Accepts messages for the peer, without a store.
  /// - Parameters:
  ///   - lines: whole lines, each ended by a line feed and at most ``Limits/messageBytesMax`` bytes long without it.
  ///   - count: the number of lines.
  /// - Precondition: ``isOpen``.
  public mutating func accept(_ lines: ArraySlice<UInt8>, count: Int) {
    precondition(isOpen && !isStored && (lines.isEmpty || lines.last == UInt8(ascii: "\n")))
    guard count > 0 else { return }
    outbox.append(lines, count: count, first: own.append(count: count))
  }

  /// Accepts one message. With a store, it is in ``uncommitted`` then.
  /// - Parameters:
  ///   - text: at most ``Limits/messageBytesMax`` bytes without NUL. Several lines are possible where the session is
  ///     framed.
  ///   - writtenAt: the time, in seconds since 1970-01-01 UTC.
  /// - Precondition: ``isOpen``.
  public mutating func accept(_ text: some Collection<UInt8>, writtenAt: Int = 0) {
    accept(message: Array(text), writtenAt: writtenAt)
  }

  /// The same for one kind of collection, because what is generic is slow across modules.
  private mutating func accept(message: consuming [UInt8], writtenAt: Int) {
    precondition(message.count <= Limits.messageBytesMax && !message.contains(0))
    for index in message.indices where message[index] == UInt8(ascii: "\n") { message[index] = 0 }
    message.append(UInt8(ascii: "\n"))
    guard isStored else { return accept(message[...], count: 1) }
    precondition(isOpen)
    uncommitted.append(MessageBatch(first: own.append(count: 1), count: 1, writtenAt: writtenAt, lines: message[...]))
  }

  /// Moves the wish down its list. A wish further up changes nothing.
  public mutating func want(_ wish: Wish) { self.wish = max(self.wish, wish) }

  /// Notes that all messages in the inbox are committed: this end's user or its store has them.
  public mutating func committed() {
    delivered()
    deliveredCommitted()
  }

  /// Notes that all messages in the inbox are on their way to this end's user.
  public mutating func delivered() {
    inbox.removeAll()
    peers.deliver()
  }

  /// Notes that all messages that were delivered are committed: this end's user has them.
  public mutating func deliveredCommitted() { peers.commit() }

  /// Refuses what was received and could not be committed. The session says why, and ends.
  public mutating func refuseReceived(_ reason: Goodbye.Reason) {
    inbox.removeAll()
    peers.dropUncommitted()
    refusal = reason
  }

  /// Decides, after ``ConversationEvent/repeatNeedsConsent(count:)``, whether those messages are sent again.
  public mutating func decideRepeat(agrees: Bool) { repeatDecision = agrees }

  mutating func takeRepeatDecision() -> Bool? { repeatDecision.take() }

  // MARK: Events

  /// Events for this end's user, oldest first. Each is given once.
  public mutating func takeEvents() -> [ConversationEvent] {
    defer { events = [] }
    return events
  }

  mutating func report(_ event: ConversationEvent) {
    if case .peerLost(let count) = event, case .peerLost(let before)? = events.last {
      events[events.count - 1] = .peerLost(count: before &+ count)
    } else {
      events.append(event)
    }
  }

  // MARK: Links

  /// Notes that a link is up.
  /// - Parameter acknowledges: whether its session keeps messages until the peer has acknowledged them.
  public mutating func linkUp(acknowledges: Bool = false) {
    isAcknowledged = acknowledges
    isResumed = false
    // The store has the texts, and the peer will say which it needs.
    if isStored { (outbox, toLoad) = (Outbox(), []) }
    repeatDecision = nil
    refusal = nil
    switch phase {
    case .waiting, .interrupted: phase = .linked
    case .linked, .over: break
    }
  }

  /// Notes that the session of the link has ended.
  /// - Parameter resumes: whether another link can resume where this one ended.
  public mutating func linkEnded(_ ending: SessionEnding, resumes: Bool) {
    guard phase == .linked else { return }
    phase = resumes ? .interrupted : .over(ending)
  }

  /// Notes that no other link is waited for.
  /// - Parameter ending: how the last session ended.
  public mutating func gaveUp(_ ending: SessionEnding) {
    if phase == .interrupted { phase = .over(ending) }
  }

  // MARK: For sessions

  /// Accepts nothing more. The session takes no further messages from this end, and no other session will.
  mutating func stopAccepting() { acceptsNoMore = true }
  /// Removes the first `count` bytes from the outbox.
  mutating func retire(bytes count: Int) { outbox.retire(bytes: count) }
}
