/// The announced end of one end's messages, with its reason. It is the only end that counts: a link can also end
/// because it was cut.
///
/// ```
///   +--------+----------------+-------------------
///   | reason | unacknowledged |  text, for people
///   +--------+----------------+-------------------
///     1 byte       8 bytes      0 to 256 bytes
/// ```
public struct Goodbye: Hashable, Sendable {
  /// Why an end sends no more.
  public enum Reason: UInt8, CaseIterable, Sendable {
    /// The input has ended. This end still takes messages.
    case inputEnded = 0
    /// This end leaves.
    case leaving = 1
    /// This end is in a conversation with somebody else.
    case busy = 2
    /// The other end broke the protocol.
    case violation = 3
    /// The other end is not let in.
    case notAdmitted = 4
    /// Another program of the same user has this conversation now.
    case takenOver = 5
    /// There is a newer link of the same conversation.
    case olderGeneration = 6
    /// The store of this end takes no more.
    case storeFull = 7
    /// The store of this end cannot be used, or what it writes messages to.
    case storeUnusable = 8
  }

  static let textBytesMax = 256

  /// The reason; nil for one of a newer version.
  public let reason: Reason?
  /// The number of messages of the sender that are not acknowledged: 0, unless the bounds on its drain ran out.
  public let unacknowledged: UInt64
  /// A sentence for people, not escaped.
  public let text: String

  public init(_ reason: Reason, unacknowledged: Int = 0, text: String = "") {
    self.reason = reason
    self.unacknowledged = UInt64(unacknowledged)
    self.text = text
  }

  /// Reads a goodbye's payload.
  init(payload: ArraySlice<UInt8>) throws(FrameViolation) {
    guard (9...(9 + Goodbye.textBytesMax)).contains(payload.count) else {
      throw .malformed(kind: Frame.Kind.goodbye.rawValue)
    }
    reason = Reason(rawValue: payload[payload.startIndex])
    unacknowledged = UInt64(bigEndianBytes: payload.dropFirst().prefix(8))
    text = String(decoding: payload.dropFirst(9), as: UTF8.self)
  }

  /// Its frame.
  var frame: [UInt8] {
    precondition(text.utf8.count <= Goodbye.textBytesMax)
    let reason = reason ?? .leaving
    return Frame.encode(.goodbye, [reason.rawValue] + unacknowledged.bigEndianBytes + Array(text.utf8))
  }
}
