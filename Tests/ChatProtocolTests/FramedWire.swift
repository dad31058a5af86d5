import Basics

@testable import ChatProtocol

/// A conversation with its one framed session, driven as a link drives them.
struct FramedEnd {
  var conversation: Conversation
  var session: FramedSession
  var received: [String] = []
  /// Bytes on their way to this end.
  var arriving = ByteQueue()
  /// Whether the other end has closed the channel behind them.
  var endArrives = false
  /// Whether this end is read, and what it received committed.
  var commits = true

  /// - Parameter isResumed: whether both ends know what the other has, as after the first frames of a link.
  init(_ party: Party, peer: Party, now: Instant, isResumed: Bool = false) {
    conversation = Conversation(party: party, incarnation: FramedEnd.own)
    conversation.linkUp(acknowledges: true)
    session = FramedSession(
      party: party, peer: Greeting(isPerson: peer == .person, name: nil), now: now)
    guard isResumed else { return }
    session.advance(&conversation, now: now)
    receive(Frame.encode(.answer, FramedEnd.own.value.bigEndianBytes + UInt64(0).bigEndianBytes), now: now)
    session.sent(session.bytesToSend(of: conversation).count, &conversation, now: now)
    _ = conversation.takeEvents()
  }

  /// The incarnation of an end, and that of the other one.
  static let own = Incarnation(0xA1)
  static let other = Incarnation(0xB2)

  /// A frame of messages of the other end.
  static func messages(_ first: UInt64, _ texts: [UInt8]) -> [UInt8] {
    Frame.encode(
      .messages,
      FramedEnd.other.value.bigEndianBytes + first.bigEndianBytes + UInt64(0).bigEndianBytes + texts)
  }

  /// An acknowledgement of messages of this end.
  static func acknowledgement(_ number: UInt64) -> [UInt8] {
    Frame.encode(.acknowledgement, FramedEnd.own.value.bigEndianBytes + number.bigEndianBytes)
  }

  mutating func send(_ text: String) { conversation.accept(text.utf8) }
  mutating func want(_ wish: Conversation.Wish) { conversation.want(wish) }
  mutating func receive(_ frames: [UInt8], now: Instant) {
    session.received(frames[...], &conversation, now: now)
  }

  mutating func commit(now: Instant = Instant(sinceOrigin: .zero)) {
    guard commits else { return }
    repeat {
      for entry in conversation.inbox.entries {
        received.append(String(decoding: conversation.inbox.text(entry), as: UTF8.self))
      }
      conversation.committed()
      session.receiveMore(&conversation, now: now)
    } while !conversation.inbox.isEmpty
  }
}

/// Two framed sessions and the channel between them, which carries bytes in chunks of a chosen size.
struct FramedWire {
  var left: FramedEnd
  var right: FramedEnd
  var now = Instant(sinceOrigin: .seconds(100))
  let chunk: Int

  init(_ left: Party, _ right: Party, chunk: Int = .max) {
    self.left = FramedEnd(left, peer: right, now: now)
    self.right = FramedEnd(right, peer: left, now: now)
    self.chunk = chunk
  }

  private func carry(_ from: inout FramedEnd, _ to: inout FramedEnd) -> Bool {
    var moved = false
    from.session.advance(&from.conversation, now: now)
    let output = Array(from.session.bytesToSend(of: from.conversation).prefix(chunk))
    if !output.isEmpty {
      to.arriving.append(output)
      from.session.sent(output.count, &from.conversation, now: now)
      moved = true
    }
    if from.session.owesEnd(of: from.conversation) {
      to.endArrives = true
      from.session.endSent(&from.conversation, now: now)
      moved = true
    }
    guard to.session.wantsToReceive, to.commits else { return moved }
    if !to.arriving.isEmpty {
      let bytes = Array(to.arriving.bytes.prefix(chunk))
      to.arriving.drop(first: bytes.count)
      to.receive(bytes, now: now)
      to.commit(now: now)
      moved = true
    } else if to.endArrives {
      to.session.receivedEnd(announced: true, &to.conversation, now: now)
      moved = true
    }
    return moved
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
  mutating func passDeadline() {
    guard let next = [left.session.deadline, right.session.deadline].compactMap(\.self).min() else { return }
    now = next
    left.session.deadlinePassed(&left.conversation, unread: false, now: now)
    right.session.deadlinePassed(&right.conversation, unread: false, now: now)
  }
}
