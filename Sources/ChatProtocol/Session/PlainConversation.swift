import Basics

/// A conversation in plain text over one link: lines ended by LF, half-close meaning "no more from me". It is neither
/// encrypted nor acknowledged.
///
/// It touches nothing: bytes off the link, text to be said and the time go in; bytes for the link, messages, a deadline
/// and at last an ending come out. The owner of the link asks ``output``, ``wantsInput``, ``deadline`` and ``ending`` each
/// turn and tells what it did.
public struct PlainConversation: Sendable {
  /// What a third party is told before it is closed: one line. A connector that hears exactly this and then the end of
  /// stream was turned away.
  public static let busyLine = "tincan: busy, in a conversation with somebody else; try again later"

  private var life: ConversationLife
  private var decoder = LineDecoder()
  private var outbox = ByteQueue()

  /// What arrived and was not taken yet. The owner shows it and empties it.
  public var inbox = MessageBatch()
  /// Lines said and lines heard so far.
  public private(set) var linesSaid = 0
  public private(set) var linesHeard = 0
  /// Whether anything was heard, be it a piece of a line.
  private var hasHeard = false
  /// Whether all that was heard is one line that says that the peer is busy. It is kept out of ``inbox`` until more comes:
  /// only then was it a message after all.
  private var heardOnlyBusy = false
  /// Whether the end must still be announced on the link.
  private var owesHalfClose = false

  /// Whether we dialled: only then can the peer turn us away.
  private let mayBeTurnedAway: Bool

  /// - Parameters:
  ///   - manner: who is at this end.
  ///   - mayBeTurnedAway: whether this end dialled, so that the peer may be busy.
  public init(manner: ConversationLife.Manner, mayBeTurnedAway: Bool = false) {
    life = ConversationLife(manner: manner)
    self.mayBeTurnedAway = mayBeTurnedAway
  }

  // MARK: What the owner asks

  /// Whether more text may be said now: false while the outbox is above its high-water mark, and for ever once we leave.
  public var acceptsText: Bool { life.acceptsText && outbox.count < Limits.outboxBytesHigh }
  /// Whether text may be said at all, now or when the outbox has drained.
  public var isOpenForText: Bool { life.acceptsText }
  /// Bytes for the link, in order; empty when nothing waits.
  public var output: ArraySlice<UInt8> { life.outbound == .broken || life.ending != nil ? [] : outbox.bytes }
  /// Whether the end of our direction is to be announced now. Tell ``halfClosed()`` when it is done.
  public var wantsHalfClose: Bool { owesHalfClose }
  /// Whether the link is to be read at all.
  public var wantsInput: Bool { life.ending == nil && life.inbound == .open }
  /// When ``deadlinePassed(now:)`` is due.
  public var deadline: Instant? { life.deadline }
  /// How it ended, once it has.
  public var ending: ConversationLife.Ending? { life.ending }
  /// Whether somebody at this end wants out.
  public var isLeaving: Bool { life.isLeaving }
  /// Whether the peer has announced its end.
  public var peerHasEnded: Bool { life.inbound == .ended }
  /// Whether the peer said nothing but that it is busy, and ended.
  public var wasTurnedAway: Bool { heardOnlyBusy && life.inbound == .ended }
  /// Lines that were said and not yet handed to the link, a half-sent one included.
  public var linesUnsent: Int { outbox.lineCount }
  /// Whether the peer ended while we still could say something: it left, and we followed.
  public var peerLeftFirst: Bool { life.peerLeftFirst }

  // MARK: What the owner tells

  /// Says one message.
  /// - Parameter text: without a line feed, at most ``Limits/messageBytesMax`` bytes.
  public mutating func say(_ text: some Collection<UInt8>) {
    precondition(life.acceptsText && text.count <= Limits.messageBytesMax && !text.contains(UInt8(ascii: "\n")))
    outbox.append(text)
    outbox.append(UInt8(ascii: "\n"))
    linesSaid += 1
  }

  /// Says many messages at once: whole lines, each with its line feed.
  /// - Parameter count: how many they are.
  public mutating func say(lines: ArraySlice<UInt8>, count: Int) {
    precondition(life.acceptsText && (lines.isEmpty || lines.last == UInt8(ascii: "\n")))
    outbox.append(lines)
    linesSaid += count
  }

  /// The batch input is used up; everything of it was said.
  public mutating func inputUsedUp(now: Instant) { handle(.inputUsedUp, now) }

  /// Somebody at this end wants out.
  public mutating func leave(now: Instant) { handle(.leave, now) }

  /// The link took the first `count` bytes of ``output``.
  public mutating func sent(_ count: Int, now: Instant) {
    outbox.take(count)
    handle(.progress, now)
  }

  /// The end of our direction was announced.
  public mutating func halfClosed() { owesHalfClose = false }

  /// Bytes came off the link. The messages they complete are in ``inbox``.
  public mutating func received(_ bytes: ArraySlice<UInt8>, now: Instant) {
    takeBusyForMessage()
    let before = inbox.entries.count
    decoder.decode(bytes, into: &inbox)
    heard(since: before)
    if heardOnlyBusy { inbox.removeAll() }
    handle(.progress, now)
  }

  /// The link said that the peer sends no more.
  public mutating func receivedEnd(now: Instant) {
    finishLine()
    handle(.peerEnded, now)
    // Whoever was turned away has nobody to talk to, however much it has left to say.
    if heardOnlyBusy {
      inbox.removeAll()
      handle(.leave, now)
    }
  }

  /// The link takes no more from us; what the peer sent before may still be read.
  public mutating func sendBroke(now: Instant) { handle(.sendBroke, now) }

  /// The link is gone.
  public mutating func linkBroke(now: Instant) {
    takeBusyForMessage()
    handle(.linkBroke, now)
  }

  /// The time of ``deadline`` has come.
  public mutating func deadlinePassed(now: Instant) {
    if let deadline, deadline <= now { handle(.expired, now) }
  }

  private mutating func handle(_ event: ConversationLife.Event, _ now: Instant) {
    var next: ConversationLife.Event? = event
    while let event = next {
      if life.handle(event, now: now) == .halfClose { owesHalfClose = true }
      // An empty outbox is news to a life that drains, whatever made it empty.
      next = life.outbound == .draining && outbox.isEmpty && life.ending == nil ? .drained : nil
      // However it ended, what came is not lost.
      if life.ending != nil { finishLine() }
    }
  }

  /// No more will come: what was heard of a line is a message too.
  private mutating func finishLine() {
    if decoder.isInsideLine { takeBusyForMessage() }
    let before = inbox.entries.count
    decoder.finish(into: &inbox)
    heard(since: before)
  }

  /// What looked like being turned away was something the peer said.
  private mutating func takeBusyForMessage() {
    guard heardOnlyBusy else { return }
    heardOnlyBusy = false
    inbox.append(Array(PlainConversation.busyLine.utf8)[...])
    inbox.close(at: inbox.bytes.count, moreFollows: false)
    inbox.append(UInt8(ascii: "\n"))
  }

  private mutating func heard(since before: Int) {
    let new = inbox.entries[before...]
    guard let first = new.first else { return }
    heardOnlyBusy =
      mayBeTurnedAway && !hasHeard && new.count == 1 && inbox.text(first).elementsEqual(PlainConversation.busyLine.utf8)
    hasHeard = true
    linesHeard += new.lazy.filter { !$0.moreFollows }.count
  }
}
