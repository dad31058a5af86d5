import Basics

@testable import ChatProtocol

/// Two conversations and the wire between them, which carries bytes in chunks of a chosen size and holds only so many.
struct FakeWire {
  /// One end, with what it heard so far.
  struct End {
    var conversation: PlainConversation
    var heard: [String] = []
    /// Bytes on their way to this end, and whether their sender has announced its end behind them.
    var arriving = ByteQueue()
    var endArrives = false
    /// Whether it is read at all.
    var reads = true

    fileprivate mutating func take(_ chunk: Int, now: Instant) -> Bool {
      guard reads, conversation.wantsInput else { return false }
      if arriving.isEmpty {
        guard endArrives else { return false }
        conversation.receivedEnd(now: now)
      } else {
        let bytes = Array(arriving.bytes.prefix(chunk))
        arriving.take(bytes.count)
        conversation.received(bytes[...], now: now)
      }
      for entry in conversation.inbox.entries {
        heard.append(String(decoding: conversation.inbox.text(entry), as: UTF8.self))
      }
      conversation.inbox.removeAll()
      return true
    }
  }

  var left: End
  var right: End
  var now = Instant(sinceOrigin: .zero)
  /// Bytes that move in one step, in either direction.
  let chunk: Int
  /// Bytes the wire holds in either direction.
  let capacity: Int

  init(_ left: ConversationLife.Manner, _ right: ConversationLife.Manner, chunk: Int, capacity: Int = .max) {
    self.left = End(conversation: PlainConversation(manner: left))
    self.right = End(conversation: PlainConversation(manner: right))
    self.chunk = chunk
    self.capacity = capacity
  }

  /// Moves one chunk out of `from` and one into `to`.
  private func carry(_ from: inout End, _ to: inout End) -> Bool {
    var moved = false
    let count = min(chunk, capacity - to.arriving.count, from.conversation.output.count)
    if count > 0 {
      to.arriving.append(from.conversation.output.prefix(count))
      from.conversation.sent(count, now: now)
      moved = true
    }
    if from.conversation.wantsHalfClose {
      to.endArrives = true
      from.conversation.halfClosed()
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
    let deadlines = [left.conversation.deadline, right.conversation.deadline].compactMap(\.self)
    guard let next = deadlines.min() else { return false }
    now = next
    left.conversation.deadlinePassed(now: now)
    right.conversation.deadlinePassed(now: now)
    return true
  }
}
