import Basics

/// A session in frames: the second kind of session, for an encrypted link. Messages have names, and are acknowledged.
///
/// The greetings were exchanged before it begins. Each end first asks what the other has, so that the conversation goes
/// on where an earlier link ended; ``Resumption`` has that exchange. Messages leave the outbox when the peer has
/// acknowledged them. A message is acknowledged once it is committed, so the session is told of both ends of the inbox.
public struct FramedSession: Session, Hashable {
  private var state: FramedSessionState
  private var liveness: Liveness
  private var decoder = FrameDecoder()
  /// Frames for the channel.
  private var queue = ByteQueue()
  /// The state of the peer's store; nil before the first frame is made.
  private var resumption: Resumption?
  /// The highest number of each incarnation that was sent on this link, or that the peer does not need.
  private var sentThrough: [Incarnation: UInt64] = [:]
  /// The highest number of each incarnation of the peer that was received on this link.
  private var seen: [Incarnation: UInt64] = [:]
  /// Acknowledgements that are owed to the peer.
  private var owed = OwedAcknowledgements()
  /// The bytes of ``queue`` up to the end of the last answer.
  private var answerBytes = 0
  /// Whether bytes wait in the decoder that were not looked at, because the inbox had no room or the link was new.
  public private(set) var hasReceivedMore = false
  private var owesPong = false, hasFailed = false
  /// An ending that has a better name than the state's: a rule that the peer broke, one that it says this end broke, or
  /// a refusal.
  private var namedEnding: SessionEnding?

  /// The peer's greeting.
  public let peer: Greeting
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
  public var ending: SessionEnding? { state.ending.map { namedEnding ?? $0 } }
  /// Whether a frame that says why this end ends the session is to go out after its end.
  private var hasLastWords: Bool {
    switch ending {
    case .violated, .refused, .notTaken: true
    default: false
    }
  }
  public var resumes: Bool {
    switch ending {
    case .broken, .silent, .refusedByPeer(.olderGeneration), .refusedByPeer(.takenOver): true
    default: false
    }
  }

  /// The number of messages that the peer left without having seen them acknowledged; 0 before its goodbye.
  public private(set) var peerUnacknowledged: UInt64 = 0

  public func bytesToSend(of conversation: borrowing Conversation) -> ArraySlice<UInt8> {
    hasFailed || ending != nil && !hasLastWords ? [] : queue.bytes
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
    if let reason = conversation.refusal { refuse(reason, &conversation, now: now) }
    fill(&conversation, now)
  }

  public mutating func sent(_ count: Int, _ conversation: inout Conversation, now: Instant) {
    queue.drop(first: count)
    answerBytes = max(0, answerBytes - count)
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
    // Frames that the peer sent before may still be read.
    hasFailed = true
    if state.hasLinkEnded { handle(.linkFailed, &conversation, now) }
  }

  public mutating func linkOver(failed: Bool, _ conversation: inout Conversation, now: Instant) {
    handle(.linkFailed, &conversation, now)
  }

  public mutating func deadlinePassed(_ conversation: inout Conversation, unread: Bool, now: Instant) {
    if let due = state.deadline, due <= now { expire(&conversation, now) }
    if unread { liveness.received(now: now) }
    switch liveness.due(now: now) {
    case nil: break
    case .ping: queue.append(Frame.encode(.ping, []))
    case .probe: queue.append(Frame.encode(.probe, []))
    case .lost: handle(.silent, &conversation, now)
    }
  }

  private mutating func expire(_ conversation: inout Conversation, _ now: Instant) {
    handle(.expired, &conversation, now)
    guard state.ending == .notTaken else { return }
    queue.append(Goodbye(.leaving, unacknowledged: conversation.unsentCount).frame)
  }

  public mutating func probe(now: Instant) {
    liveness.probe(now: now)
    queue.append(Frame.encode(.probe, []))
  }

  /// Ends the session without a goodbye of the conversation, and tells the peer why.
  public mutating func refuse(_ reason: Goodbye.Reason, _ conversation: inout Conversation, now: Instant) {
    guard ending == nil else { return }
    namedEnding = .refused(reason)
    queue.append(Goodbye(reason).frame)
    handle(.abandon, &conversation, now)
  }

  private mutating func handle(_ event: FramedSessionState.Event, _ conversation: inout Conversation, _ now: Instant) {
    state.handle(event, now: now)
    // A person leaves when the peer does.
    if state.isLeaving { conversation.want(.leave) }
    if state.outbound != .open || ending != nil && !resumes { conversation.stopAccepting() }
  }

  // MARK: Sending

  /// Puts what is owed into frames, as much as the channel takes at a time.
  private mutating func fill(_ conversation: inout Conversation, _ now: Instant) {
    guard ending == nil else { return }
    // A peer that sends and never reads must not fill the memory with replies. Those that are owed wait for room.
    if queue.count < Limits.frameFillBytes {
      if owesPong {
        owesPong = false
        queue.append(Frame.encode(.pong, []))
      }
      for entry in owed.takeDue(conversation.peers) {
        queue.append(Frame.encode(.acknowledgement, Frame.bytes(of: entry.incarnation, entry.number)))
      }
      resume(&conversation)
    }
    while queue.count < Limits.frameFillBytes, appendMessages(of: &conversation) {}
    if state.outbound == .draining, conversation.isDrained {
      queue.append(Goodbye(state.isLeaving ? .leaving : .inputEnded).frame)
      handle(.drained, &conversation, now)
    }
  }

  /// Takes the next step of this end's questions.
  private mutating func resume(_ conversation: inout Conversation) {
    if resumption == nil { resumption = Resumption(conversation.own, peerKeepsStore: peer.keepsStore) }
    if let agrees = conversation.takeRepeatDecision() {
      resumption?.decided(agrees: agrees, &conversation)
      goIfResumed(conversation)
    }
    if let question = resumption?.nextQuestion() {
      queue.append(Frame.encode(.ask, question.flatMap { $0.value.bigEndianBytes }))
    }
  }

  /// Sends where each incarnation starts, once that is decided. The messages follow.
  private mutating func goIfResumed(_ conversation: borrowing Conversation) {
    guard let resumption, resumption.state == .resumed, sentThrough.isEmpty else { return }
    let starts = resumption.starts(conversation)
    sentThrough = resumption.peerHas
    for start in starts { sentThrough[start.incarnation] = start.number - 1 }
    appendGo(starts)
  }

  private mutating func appendGo(_ starts: [Resumption.Entry]) {
    var rest = starts[...]
    repeat {
      let part = rest.prefix(Limits.askedPerFrameMax)
      queue.append(Frame.encode(.go, part.flatMap { Frame.bytes(of: $0.incarnation, $0.number) }))
      rest = rest.dropFirst(part.count)
    } while !rest.isEmpty
  }

  /// Appends a frame of messages.
  /// - Returns: whether there was one to send.
  private mutating func appendMessages(of conversation: inout Conversation) -> Bool {
    guard resumption?.state == .resumed, let piece = conversation.outbox.nextPiece(ofBytes: Limits.frameTextBytes)
    else { return false }
    let incarnation = piece.first.incarnation
    // The texts of those between are gone.
    if piece.first.number > (sentThrough[incarnation] ?? 0) + 1 {
      appendGo([Resumption.Entry(incarnation: incarnation, number: piece.first.number)])
    }
    if piece.isWithdrawn {
      queue.append(Frame.encode(.withdrawal, Frame.bytes(of: incarnation, piece.first.number)))
    } else {
      queue.append(
        Frame.header(.messages, payloadBytes: FramedSession.messagesHeaderBytes + piece.range.count))
      queue.append(Frame.bytes(of: incarnation, piece.first.number))
      queue.append(UInt64(piece.writtenAt).bigEndianBytes)
      queue.append(conversation.outbox.bytes[piece.range])
    }
    sentThrough[incarnation] = piece.last
    conversation.sent(piece)
    return true
  }

  /// The bytes before the texts in a frame of messages: the name of the first one, and the time.
  static let messagesHeaderBytes = 24

  // MARK: Receiving

  /// Takes the whole frames that came, as long as the inbox has room.
  private mutating func takeFrames(_ conversation: inout Conversation, _ now: Instant) {
    let unacknowledged = conversation.own.unacknowledgedCount
    do throws(FrameViolation) {
      while ending == nil, conversation.hasInboxRoom, let frame = try decoder.next() {
        try take(frame, &conversation, now)
      }
      // An acknowledgement may come twice. If each were progress, a peer could hold an end that drains for ever.
      let hasRetired = resumption?.retire(&conversation) ?? false
      let isProgress = hasRetired || conversation.own.unacknowledgedCount < unacknowledged
      if isProgress { handle(.progress, &conversation, now) }
      hasReceivedMore = ending == nil && !conversation.hasInboxRoom
    } catch {
      hasReceivedMore = false
      namedEnding = .violated(error)
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
    case .withdrawal: try takeWithdrawal(frame.payload, &conversation)
    case .acknowledgement:
      let entry = try Frame.entries(of: frame, atMost: 1)
      guard let entry = entry.first else { throw .malformed(kind: frame.kind) }
      try resumption?.acknowledged(entry, &conversation)
    case .ask: try takeQuestion(frame.payload, conversation)
    case .answer:
      let entries = try Frame.entries(of: frame, atMost: Limits.askedPerFrameMax)
      guard resumption != nil else { throw .answeredUnasked }
      try resumption?.answered(entries, &conversation)
      goIfResumed(conversation)
      handle(.progress, &conversation, now)
    case .go:
      guard state.inbound == .open else { throw .outOfPlace(kind: frame.kind) }
      for start in try Frame.entries(of: frame, atMost: Limits.askedPerFrameMax) { try skip(to: start, &conversation) }
    case .goodbye: try take(try Goodbye(payload: frame.payload), &conversation, now)
    case .introduction, .pairing, .greeting, nil: throw .outOfPlace(kind: frame.kind)
    }
  }

  private mutating func take(
    _ goodbye: Goodbye, _ conversation: inout Conversation, _ now: Instant
  ) throws(FrameViolation) {
    // A direction ends once. A refusal ends the session, and may come after that.
    let isEnd = [.inputEnded, .leaving, nil].contains(goodbye.reason)
    guard !isEnd || state.inbound == .open else { throw .outOfPlace(kind: Frame.Kind.goodbye.rawValue) }
    switch goodbye.reason {
    case .inputEnded: handle(.peerFinished, &conversation, now)
    case .leaving, nil:
      peerUnacknowledged = goodbye.unacknowledged
      handle(.peerLeaves, &conversation, now)
    case .violation:
      namedEnding = .complained(goodbye.text)
      handle(.abandon, &conversation, now)
    case .busy?, .notAdmitted?, .takenOver?, .olderGeneration?, .storeFull?, .storeUnusable?:
      namedEnding = goodbye.reason.map(SessionEnding.refusedByPeer)
      handle(.abandon, &conversation, now)
    }
  }

  private mutating func takeMessages(
    _ payload: ArraySlice<UInt8>, _ conversation: inout Conversation
  ) throws(FrameViolation) {
    let kind = Frame.Kind.messages.rawValue
    guard state.inbound == .open else { throw .outOfPlace(kind: kind) }
    guard payload.count > FramedSession.messagesHeaderBytes, payload.last == UInt8(ascii: "\n") else {
      throw .malformed(kind: kind)
    }
    let texts = payload.dropFirst(FramedSession.messagesHeaderBytes)
    // Nearly all text is plain, and the check for that is cheap.
    let isPlain = ByteScan.isPlainASCII(texts)
    guard isPlain || FrameTexts.areUTF8(texts), !FrameTexts.haveTooLongLine(texts) else { throw .notText }
    let first = MessageName(
      Incarnation(UInt64(bigEndianBytes: payload.prefix(8))), UInt64(bigEndianBytes: payload.dropFirst(8).prefix(8)))
    let writtenAt = UInt64(bigEndianBytes: payload.dropFirst(16).prefix(8))
    guard first.number > 0, writtenAt <= Limits.writtenAtMax else { throw .malformed(kind: kind) }
    let known = try check(first, conversation.peers)
    let (news, dropped) = FrameTexts.withoutFirst(known + 1 - first.number, texts)
    let newFirst = MessageName(first.incarnation, first.number + dropped)
    let count = conversation.inbox.appendFramed(
      news, first: newFirst, writtenAt: Int(writtenAt), severalLines: !isPlain)
    receive(first, count: Int(dropped) + count, &conversation)
    conversation.receivedCount += count
  }

  private mutating func takeWithdrawal(
    _ payload: ArraySlice<UInt8>, _ conversation: inout Conversation
  ) throws(FrameViolation) {
    let kind = Frame.Kind.withdrawal.rawValue
    guard state.inbound == .open else { throw .outOfPlace(kind: kind) }
    guard payload.count == 16 else { throw .malformed(kind: kind) }
    let name = MessageName(
      Incarnation(UInt64(bigEndianBytes: payload.prefix(8))), UInt64(bigEndianBytes: payload.dropFirst(8)))
    guard name.number > 0 else { throw .malformed(kind: kind) }
    let known = try check(name, conversation.peers)
    receive(name, count: 1, &conversation)
    if name.number > known { conversation.inbox.appendWithdrawn(name) }
  }

  /// Checks the name of a frame's first message. On a link the numbers of an incarnation rise, and none is left out.
  /// - Returns: the number before the next one.
  private func check(_ first: MessageName, _ peers: PeerMessages) throws(FrameViolation) -> UInt64 {
    let known = peers.receivedNumber(of: first.incarnation)
    // No frame has so many messages that a number could overflow.
    guard first.number <= known + 1, first.number > seen[first.incarnation] ?? 0,
      first.number <= UInt64(Int64.max) - UInt64(Frame.payloadBytesMax)
    else { throw .outOfOrder }
    return known
  }

  private mutating func receive(_ first: MessageName, count: Int, _ conversation: inout Conversation) {
    conversation.peers.receive(first, count: count)
    seen[first.incarnation] = first.number + UInt64(count) - 1
    owed.add(first.incarnation)
  }

  /// Answers what is committed here of each incarnation that the peer asks about.
  private mutating func takeQuestion(
    _ payload: ArraySlice<UInt8>, _ conversation: borrowing Conversation
  ) throws(FrameViolation) {
    guard !payload.isEmpty, payload.count % 8 == 0, payload.count / 8 <= Limits.askedPerFrameMax else {
      throw .malformed(kind: Frame.Kind.ask.rawValue)
    }
    // A peer that asks and reads nothing must not fill the memory with answers.
    guard answerBytes == 0 else { throw .outOfPlace(kind: Frame.Kind.ask.rawValue) }
    var answer: [UInt8] = []
    for start in stride(from: payload.startIndex, to: payload.endIndex, by: 8) {
      let incarnation = Incarnation(UInt64(bigEndianBytes: payload[start..<start + 8]))
      answer += Frame.bytes(of: incarnation, conversation.peers.committedNumber(of: incarnation))
    }
    queue.append(Frame.encode(.answer, answer))
    answerBytes = queue.count
  }

  /// Goes on at a number of an incarnation, because the peer does not have what is before it.
  private mutating func skip(to start: Resumption.Entry, _ conversation: inout Conversation) throws(FrameViolation) {
    guard start.number > 0 else { throw .malformed(kind: Frame.Kind.go.rawValue) }
    let name = MessageName(start.incarnation, start.number)
    let isFirst = conversation.peers.receivedNumber(of: start.incarnation) == 0
    let lost = conversation.peers.skip(to: name)
    guard lost > 0 else { return }
    owed.add(start.incarnation)
    // An end without a store gets what is not acknowledged only, and the rest of an incarnation is somebody else's.
    if !isFirst || conversation.isStored { conversation.report(.peerLost(count: lost)) }
  }
}
