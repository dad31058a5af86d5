import Basics

/// A session in plain text: lines ended by LF, and half-close for "no more from me". It is neither encrypted nor
/// acknowledged, and it ends with its link.
public struct PlainSession: Session {
  /// The line that a refused caller gets, without its line feed. A connector that receives exactly this line and then
  /// the end of stream was refused.
  public static let busyLine = "tincan: busy, in a conversation with somebody else; try again later"

  private var state: PlainSessionState
  private var decoder = LineDecoder()
  private var busyDetector: BusyLineDetector
  private var firstBytes = FirstBytes()
  /// The protocol of the other end, if it is no peer.
  private var foreign: ForeignProtocol?

  /// False: plain text has no numbers, so nothing can resume.
  public let resumes = false
  /// False: the kernel's word is all there is.
  public let acknowledges = false

  /// A session at the start of its link.
  /// - Parameters:
  ///   - party: the user of this end.
  ///   - peerMayBeBusy: whether this end dialled, so that the peer may be busy.
  ///   - plainPeerEndWait: how long a batch end whose input has ended waits for a silent peer.
  public init(party: Party, peerMayBeBusy: Bool = false, plainPeerEndWait: Duration = Limits.plainPeerEndWait) {
    state = PlainSessionState(party: party, plainPeerEndWait: plainPeerEndWait)
    busyDetector = BusyLineDetector(isPossible: peerMayBeBusy)
  }

  // MARK: Questions

  public var wantsToReceive: Bool { ending == nil && state.inbound == .open }
  public var peerHasEnded: Bool { state.inbound == .ended }
  public var peerLeftFirst: Bool { state.peerLeftFirst }
  public var deadline: Instant? { nearest(state.deadline, busyDetector.deadline) }
  public var ending: SessionEnding? {
    state.ending.map { foreign.map(SessionEnding.foreign) ?? (busyDetector.isConfirmed ? .peerBusy : $0) }
  }

  public func bytesToSend(of conversation: borrowing Conversation) -> ArraySlice<UInt8> {
    state.outbound == .broken || ending != nil ? [] : conversation.outbox.bytes
  }

  public func owesEnd(of conversation: borrowing Conversation) -> Bool {
    state.outbound == .draining && ending == nil && conversation.outbox.isEmpty
  }

  // MARK: Events

  public mutating func advance(_ conversation: inout Conversation, now: Instant) {
    switch conversation.wish {
    case .open: break
    case .inputEnded: handle(.inputEnded, &conversation, now)
    case .leave: handle(.leave, &conversation, now)
    case .abandon: handle(.abandon, &conversation, now)
    }
  }

  public mutating func sent(_ count: Int, _ conversation: inout Conversation, now: Instant) {
    conversation.retire(bytes: count)
    handle(.progress, &conversation, now)
  }

  public mutating func endSent(_ conversation: inout Conversation, now: Instant) {
    handle(.endSent, &conversation, now)
  }

  public mutating func received(_ bytes: ArraySlice<UInt8>, _ conversation: inout Conversation, now: Instant) {
    releaseHeldLine(&conversation)
    let before = decoder.count
    let entriesBefore = conversation.inbox.entries.count
    decoder.decode(bytes, into: &conversation.inbox)
    foreign = firstBytes.received(bytes) ?? recognizeFirstLine(conversation, before: before)
    if foreign != nil {
      conversation.inbox.removeAll()
      handle(.abandon, &conversation, now)
      return
    }
    conversation.receivedCount += decoder.count - before
    holdBusyLine(&conversation, now)
    // Only bytes that can be delivered count as progress. Otherwise one byte now and then would keep the link for ever.
    if conversation.inbox.entries.count > entriesBefore || busyDetector.deadline != nil {
      handle(.progress, &conversation, now)
    }
  }

  /// Lines are taken as they come.
  public let hasReceivedMore = false
  public mutating func receiveMore(_ conversation: inout Conversation, now: Instant) {}
  /// Nothing in plain text asks for a sign of life. The kernel's keepalive has to do.
  public mutating func probe(now: Instant) {}

  public mutating func receivedEnd(announced: Bool, _ conversation: inout Conversation, now: Instant) {
    finishLine(&conversation)
    holdBusyLine(&conversation, now)
    if busyDetector.end() {
      conversation.receivedCount -= 1
      handle(.peerEnded, &conversation, now)
      // A busy peer takes no messages, so this end leaves, however much it has left to send.
      handle(.leave, &conversation, now)
    } else {
      handle(.peerEnded, &conversation, now)
    }
  }

  public mutating func sendFailed(_ conversation: inout Conversation, now: Instant) {
    handle(.sendFailed, &conversation, now)
  }

  public mutating func linkOver(failed: Bool, _ conversation: inout Conversation, now: Instant) {
    handle(failed ? .linkFailed : .hungUp, &conversation, now)
  }

  public mutating func deadlinePassed(_ conversation: inout Conversation, unread: Bool, now: Instant) {
    if let due = busyDetector.deadline, due <= now { releaseHeldLine(&conversation) }
    if let due = state.deadline, due <= now { handle(.expired, &conversation, now) }
  }

  private mutating func handle(_ event: PlainSessionState.Event, _ conversation: inout Conversation, _ now: Instant) {
    state.handle(event, now: now)
    // A person leaves when the peer does.
    if state.isLeaving { conversation.want(.leave) }
    if state.outbound != .open || state.ending != nil { conversation.stopAccepting() }
    // The received bytes are delivered, however the session ended.
    if state.ending != nil, !busyDetector.isConfirmed, foreign == nil {
      finishLine(&conversation)
      releaseHeldLine(&conversation)
    }
  }

  // MARK: Lines

  /// Completes an unfinished line, because no more will come: it is a message too.
  private mutating func finishLine(_ conversation: inout Conversation) {
    guard decoder.isInsideLine else { return }
    releaseHeldLine(&conversation)
    let before = decoder.count
    decoder.finish(into: &conversation.inbox)
    conversation.receivedCount += decoder.count - before
  }

  private mutating func recognizeFirstLine(
    _ conversation: borrowing Conversation, before count: Int
  ) -> ForeignProtocol? {
    guard count == 0, decoder.count > 0, let first = conversation.inbox.entries.first else { return nil }
    return firstBytes.received(firstLine: conversation.inbox.text(first))
  }

  private mutating func holdBusyLine(_ conversation: inout Conversation, _ now: Instant) {
    if busyDetector.judge(conversation.inbox, isInsideLine: decoder.isInsideLine, now: now) {
      conversation.inbox.removeAll()
    }
  }

  /// Puts a held line into the inbox, because it is a message.
  private mutating func releaseHeldLine(_ conversation: inout Conversation) {
    guard busyDetector.release() else { return }
    conversation.inbox.appendWhole(PlainSession.busyLine.utf8, number: 1)
  }
}
