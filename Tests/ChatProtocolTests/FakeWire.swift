import Basics

@testable import ChatProtocol

/// A conversation with its one plain session, driven as a link drives them.
struct PlainEnd {
  var conversation: Conversation
  var session: PlainSession

  init(_ party: Party, peerMayBeBusy: Bool = false) {
    conversation = Conversation(party: party)
    conversation.linkUp()
    session = PlainSession(party: party, peerMayBeBusy: peerMayBeBusy)
  }

  var bytesToSend: ArraySlice<UInt8> { session.bytesToSend(of: conversation) }
  var owesEnd: Bool { session.owesEnd(of: conversation) }
  var wantsToReceive: Bool { session.wantsToReceive }
  var peerHasEnded: Bool { session.peerHasEnded }
  var peerLeftFirst: Bool { session.peerLeftFirst }
  var ending: SessionEnding? { session.ending }
  var deadline: Instant? { session.deadline }

  mutating func send(_ text: some Collection<UInt8>) { conversation.accept(text) }
  mutating func want(_ wish: Conversation.Wish, now: Instant) {
    conversation.want(wish)
    session.advance(&conversation, now: now)
  }
  mutating func sent(_ count: Int, now: Instant) { session.sent(count, &conversation, now: now) }
  /// Announces this end if it is due, as a link with a clear channel does at once.
  mutating func announceEnd(now: Instant) { if owesEnd { endSent(now: now) } }
  mutating func endSent(now: Instant) { session.endSent(&conversation, now: now) }
  mutating func received(_ bytes: ArraySlice<UInt8>, now: Instant) {
    session.received(bytes, &conversation, now: now)
  }
  mutating func receivedEnd(now: Instant) { session.receivedEnd(announced: true, &conversation, now: now) }
  mutating func sendFailed(now: Instant) { session.sendFailed(&conversation, now: now) }
  mutating func linkOver(failed: Bool, now: Instant) { session.linkOver(failed: failed, &conversation, now: now) }
  mutating func deadlinePassed(now: Instant) { session.deadlinePassed(&conversation, unread: false, now: now) }
}

/// Two plain sessions and the wire between them. It carries bytes in chunks of a chosen size, and its capacity is
/// limited.
struct FakeWire {
  /// One end, with the texts it received so far.
  struct End {
    var plain: PlainEnd
    var received: [String] = []
    /// Bytes on their way to this end.
    var arriving = ByteQueue()
    /// Whether the other end has announced its end behind them.
    var endArrives = false
    /// Whether it is read at all.
    var reads = true

    fileprivate mutating func take(_ chunk: Int, now: Instant) -> Bool {
      guard reads, plain.wantsToReceive else { return false }
      if arriving.isEmpty {
        guard endArrives else { return false }
        plain.receivedEnd(now: now)
      } else {
        let bytes = Array(arriving.bytes.prefix(chunk))
        arriving.drop(first: bytes.count)
        plain.received(bytes[...], now: now)
      }
      for entry in plain.conversation.inbox.entries {
        received.append(String(decoding: plain.conversation.inbox.text(entry), as: UTF8.self))
      }
      plain.conversation.committed()
      return true
    }
  }

  var left: End
  var right: End
  var now = Instant(sinceOrigin: .zero)
  /// The most bytes that move in one step, in either direction.
  let chunk: Int
  /// The most bytes that the wire holds in either direction.
  let capacity: Int

  init(_ left: Party, _ right: Party, chunk: Int, capacity: Int = .max) {
    self.left = End(plain: PlainEnd(left))
    self.right = End(plain: PlainEnd(right))
    self.chunk = chunk
    self.capacity = capacity
  }

  /// Moves one chunk out of `from` and one into `to`.
  private func carry(_ from: inout End, _ to: inout End) -> Bool {
    var moved = false
    let count = min(chunk, capacity - to.arriving.count, from.plain.bytesToSend.count)
    if count > 0 {
      to.arriving.append(from.plain.bytesToSend.prefix(count))
      from.plain.sent(count, now: now)
      moved = true
    }
    if from.plain.owesEnd {
      to.endArrives = true
      from.plain.endSent(now: now)
      moved = true
    }
    return to.take(chunk, now: now) || moved
  }

  /// Carries until nothing moves.
  mutating func settle() {
    while true {
      let toRight = carry(&left, &right)
      let toLeft = carry(&right, &left)
      if !toRight, !toLeft { return }
    }
  }

  /// Lets the next deadline of either end pass.
  /// - Returns: whether there was one.
  mutating func passDeadline() -> Bool {
    let deadlines = [left.plain.deadline, right.plain.deadline].compactMap(\.self)
    guard let next = deadlines.min() else { return false }
    now = next
    left.plain.deadlinePassed(now: now)
    right.plain.deadlinePassed(now: now)
    return true
  }
}
