/// Messages of a program that is to know when the peer has them, oldest first. The peer acknowledges them in the order
/// in which they were written.
struct AwaitedMessages {
  private var messages: [AcceptedMessage] = []
  /// The index of the oldest: moving all others for each acknowledgement would cost the square of their number.
  private var first = 0

  /// So many acknowledged ones stay before the rest is moved.
  private static let acknowledgedKept = 4096

  /// The number of messages.
  var count: Int { messages.count - first }

  mutating func append(_ message: AcceptedMessage) { messages.append(message) }

  /// Removes the oldest one if the peer has it.
  /// - Returns: nil if the peer does not have it, or there is none.
  mutating func takeFirst(if isAcknowledged: (AcceptedMessage) -> Bool) -> AcceptedMessage? {
    guard first < messages.count, isAcknowledged(messages[first]) else { return nil }
    defer {
      first += 1
      if first == messages.count || first >= max(AwaitedMessages.acknowledgedKept, messages.count / 2) {
        messages.removeFirst(first)
        first = 0
      }
    }
    return messages[first]
  }

  mutating func removeAll() { (messages, first) = ([], 0) }
}
