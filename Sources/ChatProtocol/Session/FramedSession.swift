import Basics

/// A session in frames: the second kind of session, for an encrypted link. Messages are numbered and acknowledged.
///
/// The greetings were exchanged before it begins. Messages leave the outbox when the peer has acknowledged them. A
/// message is acknowledged once it is committed, so the session is told of both ends of the inbox.
public struct FramedSession: Session {
  private var state: FramedSessionState
  private var liveness: Liveness
  private var decoder = FrameDecoder()
  /// Frames for the channel.
  private var queue = ByteQueue()
  /// The newest message that was put into a frame, and the bytes at the outbox's front that were.
  private var framedCount: UInt64 = 0
  private var framedBytes = 0
  /// The frames whose messages are not all acknowledged: the newest message of each, and its size in the outbox.
  private var unacknowledged: [(newest: UInt64, byteCount: Int)] = []
  /// The newest message of the peer that this end has acknowledged.
  private var acknowledgedCount = 0
  /// Whether bytes wait in the decoder that were not looked at, because the inbox had no room or the link was new.
  public private(set) var hasReceivedMore = false
  /// Whether the peer probes.
  private var owesPong = false
  private var hasFailed = false
  /// The rule that the peer broke, and the one that it says this end broke.
  private var violation: FrameViolation?
  private var complaint: String?

  /// The peer's greeting.
  public let peer: Greeting

  /// False until the store can resume.
  public let resumes = false
  public let acknowledges = true

  /// A session at the start of its link.
  /// - Parameters:
  ///   - party: the user of this end.
  ///   - peer: the greeting of the other.
  ///   - rest: bytes that came behind the greeting.
  public init(party: Party, peer: Greeting, rest: [UInt8] = [], now: Instant) {
    self.peer = peer
    state = FramedSessionState(party: party, peerIsPerson: peer.isPerson)
    liveness = Liveness(now: now)
    decoder.append(rest[...])
    hasReceivedMore = !rest.isEmpty
  }

  // MARK: Questions

  public var wantsToReceive: Bool { ending == nil && !state.hasLinkEnded }
  public var peerHasEnded: Bool { state.inbound == .ended }
  public var peerLeftFirst: Bool { state.peerLeftFirst }
  public var deadline: Instant? { ending == nil ? nearest(state.deadline, liveness.deadline) : nil }
  public var ending: SessionEnding? {
    state.ending.map { violation.map(SessionEnding.violated) ?? complaint.map(SessionEnding.complained) ?? $0 }
  }

  public func bytesToSend(of conversation: borrowing Conversation) -> ArraySlice<UInt8> {
    hasFailed || ending != nil && violation == nil ? [] : queue.bytes
  }

  public func owesEnd(of conversation: borrowing Conversation) -> Bool {
    state.outbound == .closing && ending == nil && queue.isEmpty
  }

  // MARK: Events

  public mutating func advance(_ conversation: inout Conversation, now: Instant) {
    switch conversation.wish {
    case .open: break
    case .inputEnded: handle(.inputEnded, &conversation, now)
    case .leave: handle(.leave, &conversation, now)
    case .abandon: handle(.abandon, &conversation, now)
    }
    fill(&conversation, now)
  }

  public mutating func sent(_ count: Int, _ conversation: inout Conversation, now: Instant) {
    queue.drop(first: count)
    liveness.sent(now: now)
    fill(&conversation, now)
  }

  public mutating func endSent(_ conversation: inout Conversation, now: Instant) {
    handle(.endSent, &conversation, now)
  }

  public mutating func received(_ bytes: ArraySlice<UInt8>, _ conversation: inout Conversation, now: Instant) {
    liveness.received(now: now)
    decoder.append(bytes)
    takeFrames(&conversation, now)
  }

  public mutating func receiveMore(_ conversation: inout Conversation, now: Instant) {
    if hasReceivedMore { takeFrames(&conversation, now) }
  }

  public mutating func receivedEnd(announced: Bool, _ conversation: inout Conversation, now: Instant) {
    handle(.linkEnded, &conversation, now)
  }

  public mutating func sendFailed(_ conversation: inout Conversation, now: Instant) {
    // What the peer sent before may still be read.
    hasFailed = true
    if state.hasLinkEnded { handle(.linkFailed, &conversation, now) }
  }

  public mutating func linkOver(failed: Bool, _ conversation: inout Conversation, now: Instant) {
    handle(.linkFailed, &conversation, now)
  }

  public mutating func deadlinePassed(_ conversation: inout Conversation, unread: Bool, now: Instant) {
    if let due = state.deadline, due <= now { handle(.expired, &conversation, now) }
    if unread { liveness.received(now: now) }
    switch liveness.due(now: now) {
    case nil: break
    case .ping: queue.append(Frame.encode(.ping, []))
    case .probe: queue.append(Frame.encode(.probe, []))
    case .lost: handle(.silent, &conversation, now)
    }
  }

  private mutating func handle(_ event: FramedSessionState.Event, _ conversation: inout Conversation, _ now: Instant) {
    state.handle(event, now: now)
    // A person leaves when the peer does.
    if state.isLeaving { conversation.want(.leave) }
    if state.outbound != .open || state.ending != nil { conversation.stopAccepting() }
  }

  // MARK: Sending

  /// Puts what is owed into frames, as much as the channel takes at a time.
  private mutating func fill(_ conversation: inout Conversation, _ now: Instant) {
    guard ending == nil else { return }
    // A peer that sends and never reads must not fill the memory with replies. Those that are owed wait for room.
    let hasRoom = queue.count < Limits.frameFillBytes
    if owesPong, hasRoom {
      owesPong = false
      queue.append(Frame.encode(.pong, []))
    }
    if conversation.committedCount > acknowledgedCount, hasRoom {
      acknowledgedCount = conversation.committedCount
      queue.append(Frame.encode(.acknowledgement, UInt64(acknowledgedCount).bigEndianBytes))
    }
    while queue.count < Limits.frameFillBytes, appendMessages(of: conversation) {}
    if state.outbound == .draining, conversation.outbox.isEmpty {
      queue.append(Goodbye(state.isLeaving ? .leaving : .inputEnded).frame)
      handle(.drained, &conversation, now)
    }
  }

  /// Appends a frame of messages.
  /// - Returns: whether there was one to send.
  private mutating func appendMessages(of conversation: borrowing Conversation) -> Bool {
    let waiting = conversation.outbox.bytes.dropFirst(framedBytes)
    guard !waiting.isEmpty else { return false }
    let feed = UInt8(ascii: "\n")
    // As many as a frame of the usual size takes, or one that is longer.
    guard
      let last = waiting.prefix(Limits.frameTextBytes).lastIndex(of: feed)
        ?? ByteScan.firstIndex(of: feed, in: waiting, from: waiting.startIndex)
    else { preconditionFailure("a message has no end") }
    let messages = waiting[...last]
    queue.append(Frame.header(.messages, payloadBytes: 8 + messages.count))
    queue.append((framedCount + 1).bigEndianBytes)
    queue.append(messages)
    framedCount += UInt64(ByteScan.count(of: feed, in: messages))
    framedBytes += messages.count
    unacknowledged.append((framedCount, messages.count))
    return true
  }

  // MARK: Receiving

  /// Takes the whole frames that came, as long as the inbox has room.
  private mutating func takeFrames(_ conversation: inout Conversation, _ now: Instant) {
    do throws(FrameViolation) {
      while ending == nil, conversation.hasInboxRoom, let frame = try decoder.next() {
        try take(frame, &conversation, now)
      }
      hasReceivedMore = ending == nil && !conversation.hasInboxRoom
    } catch {
      hasReceivedMore = false
      violation = error
      queue.append(Goodbye(.violation, text: error.description).frame)
      handle(.abandon, &conversation, now)
    }
  }

  private mutating func take(
    _ frame: Frame, _ conversation: inout Conversation, _ now: Instant
  ) throws(FrameViolation) {
    switch Frame.Kind(rawValue: frame.kind) {
    case .ping, .pong: break
    case .probe: owesPong = true
    case .messages: try takeMessages(frame.payload, &conversation)
    case .acknowledgement: try takeAcknowledgement(frame.payload, &conversation, now)
    case .goodbye:
      guard state.inbound == .open else { throw .outOfPlace(kind: frame.kind) }
      let goodbye = try Goodbye(payload: frame.payload)
      if goodbye.reason == .violation { complaint = goodbye.text }
      handle(goodbye.reason == .inputEnded ? .peerFinished : .peerLeaves, &conversation, now)
    case .introduction, .pairing, .greeting, nil: throw .outOfPlace(kind: frame.kind)
    }
  }

  private mutating func takeMessages(
    _ payload: ArraySlice<UInt8>, _ conversation: inout Conversation
  ) throws(FrameViolation) {
    let kind = Frame.Kind.messages.rawValue
    guard state.inbound == .open else { throw .outOfPlace(kind: kind) }
    guard payload.count > 8, payload.last == UInt8(ascii: "\n") else { throw .malformed(kind: kind) }
    let first = UInt64(bigEndianBytes: payload.prefix(8))
    guard first == UInt64(conversation.receivedCount) + 1 else { throw .outOfOrder }
    let texts = payload.dropFirst(8)
    // Nearly all text is plain, and the check for that is cheap.
    let isPlain = ByteScan.isPlainASCII(texts)
    guard isPlain || FramedSession.isUTF8(texts),
      let count = conversation.inbox.appendFramed(texts, first: first, severalLines: !isPlain)
    else { throw .notText }
    conversation.receivedCount += count
  }

  private static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    var checker = UTF8Text.Checker()
    for byte in bytes where !checker.accept(byte) { return false }
    return !checker.isInsideCharacter
  }

  private mutating func takeAcknowledgement(
    _ payload: ArraySlice<UInt8>, _ conversation: inout Conversation, _ now: Instant
  ) throws(FrameViolation) {
    guard payload.count == 8 else { throw .malformed(kind: Frame.Kind.acknowledgement.rawValue) }
    let number = UInt64(bigEndianBytes: payload)
    guard number <= framedCount else { throw .acknowledgedUnsent }
    framedBytes -= retire(through: number, &conversation)
    handle(.progress, &conversation, now)
  }

  /// Removes the messages up to a number from the outbox. A peer acknowledges whole frames, whose size is known; a part
  /// of one is searched for its last message.
  /// - Returns: the bytes that they had.
  private mutating func retire(through number: UInt64, _ conversation: inout Conversation) -> Int {
    let whole = unacknowledged.prefix { $0.newest <= number }
    let byteCount = whole.reduce(0) { $0 + $1.byteCount }
    let newest = whole.last?.newest
    unacknowledged.removeFirst(whole.count)
    if let newest { conversation.retire(through: newest, byteCount: byteCount) }
    guard !unacknowledged.isEmpty else { return byteCount }
    let part = conversation.retire(through: number)
    unacknowledged[0].byteCount -= part
    return byteCount + part
  }
}
