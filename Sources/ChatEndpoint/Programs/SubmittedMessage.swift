import ChatProtocol
import MessageStore

/// A message that a program hands over.
public struct SubmittedMessage: Equatable, Sendable {
  /// UTF-8 without NUL, 1 to ``Limits/messageBytesMax`` bytes, of any number of lines.
  public let text: [UInt8]
  /// The program's own id of it; nil if it gave none.
  public let id: CallerID?

  public init(text: [UInt8], id: CallerID?) { (self.text, self.id) = (text, id) }
}

/// A message of a program that was accepted for sending.
public struct AcceptedMessage: Equatable, Sendable {
  let id: CallerID?
  let name: MessageName
  /// Whether it had been handed over before, under the same id. It is sent once.
  let isRepeated: Bool

  /// The event for programs that says so, with its line feed.
  public var acceptedEvent: String {
    EndpointEvent.accepted(id: id, name: name, isRepeated: isRepeated).json(at: WallClock.system.now)
  }

  /// The event for programs that says that the peer has it, with its line feed.
  public var acknowledgedEvent: String {
    EndpointEvent.acknowledged(id: id, name: name).json(at: WallClock.system.now)
  }
}

/// An opening of the store in which messages of programs are accepted for one peer. A program keeps one for as long as
/// it runs: each further one is asked about on every link until the peer has its messages.
struct SubmittingOpening {
  let incarnation = Incarnation(.random(in: .min ... .max))
  /// The number of the newest message; 0 before the first.
  fileprivate(set) var newestNumber: UInt64 = 0
}

extension MessageStore {
  /// Commits messages for a peer. Those whose id is known are in the store already.
  /// - Parameters:
  ///   - fingerprint: the peer's. This program holds the conversation.
  ///   - opening: the one in which they are accepted, of this peer alone.
  func accept(
    _ messages: [SubmittedMessage], for fingerprint: [UInt8], in opening: inout SubmittingOpening
  ) throws(StoreFailure) -> [AcceptedMessage] {
    let now = WallClock.system.now.seconds
    let first = MessageName(opening.incarnation, opening.newestNumber + 1)
    var changes = ConversationChanges(now: now)
    var names: [CallerID: MessageName] = [:]
    var accepted: [AcceptedMessage] = []
    var lines: [UInt8] = []
    var count = 0
    for message in messages {
      if let id = message.id {
        var known = names[id]
        if known == nil { known = try self.message(id, for: fingerprint) }
        if let known {
          accepted.append(AcceptedMessage(id: id, name: known, isRepeated: true))
          continue
        }
      }
      let name = MessageName(first.incarnation, first.number + UInt64(count))
      count += 1
      lines += message.text.map { $0 == UInt8(ascii: "\n") ? 0 : $0 } + [UInt8(ascii: "\n")]
      if let id = message.id { (names[id], changes.callerIDs[name]) = (name, id) }
      accepted.append(AcceptedMessage(id: message.id, name: name, isRepeated: false))
    }
    if count > 0 {
      changes.accepted = [MessageBatch(first: first, count: count, writtenAt: now, lines: lines[...])]
      try commit(changes, of: fingerprint, keepsHistory: true)
      opening.newestNumber += UInt64(count)
    }
    return accepted
  }
}
