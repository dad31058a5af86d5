import Basics
import ChatProtocol
import MessageStore
import Sockets

/// The conversation with a known peer, as the store keeps it. While a program has it, no other program of this user
/// does, so what was loaded at its beginning stays true.
@MainActor
final class KeptConversation {
  /// Why it cannot be had.
  enum Failed: Error {
    /// Another program of this user has it.
    /// - by: the number of its process; nil if that is not known.
    case held(by: Int32?)
    case failed(Failure)
  }

  let fingerprint: [UInt8]
  /// Whether texts stay that both ends have.
  let keepsHistory: Bool
  private let trust: Trust
  private let lock: LockFile
  /// For other programs of this user; nil if the file of it cannot be made.
  let socket: OwnerSocket?
  /// The messages of the peer that were shown, and are to be forgotten.
  private var shown: [MessageRun] = []

  /// Takes the conversation.
  init(with fingerprint: [UInt8], _ trust: Trust, keepsHistory: Bool) throws(Failed) {
    self.fingerprint = fingerprint
    self.trust = trust
    self.keepsHistory = keepsHistory
    lock = try trust.lock(fingerprint)
    socket = try? OwnerSocket(trust.files(fingerprint))
  }

  /// What was stored of it before.
  func record() throws(Failure) -> ConversationRecord { try trust.record(of: fingerprint) }

  /// Texts that are to be sent.
  func texts(_ run: MessageRun) throws(Failure) -> [MessageBatch] {
    try trust.texts(of: fingerprint, run, atMost: KeptConversation.loadedBytes)
  }

  /// The texts that are read from the store at a time.
  private static let loadedBytes = 256 << 10

  // MARK: Committing

  /// Commits what was accepted. It is on the disk when this returns.
  func commitAccepted(_ conversation: inout Conversation) throws(Failure) {
    var changes = changes(of: &conversation)
    changes.accepted = conversation.uncommitted
    do throws(Failure) { try commit(changes) } catch {
      conversation.takeBackUncommitted()
      throw error
    }
    conversation.acceptedCommitted()
  }

  /// Commits what was received, before it is shown and acknowledged.
  func commitReceived(_ conversation: inout Conversation) throws(Failure) {
    var changes = changes(of: &conversation)
    changes.received = conversation.inbox.messages
    changes.skipped = conversation.skipped
    try commit(changes)
    if !keepsHistory { shown += conversation.inbox.messages.map(\.run) }
  }

  /// Commits what can wait: if it were lost, the peer would be asked again.
  func commitRest(_ conversation: inout Conversation) throws(Failure) {
    try commit(changes(of: &conversation))
  }

  /// Whether something waits that ``commitRest(_:)`` commits.
  func hasRest(_ conversation: borrowing Conversation) -> Bool {
    conversation.hasUnstoredAcknowledgements || !shown.isEmpty
  }

  private func changes(of conversation: inout Conversation) -> ConversationChanges {
    var changes = ConversationChanges(now: WallClock.system.now.seconds)
    changes.acknowledged = conversation.takeAcknowledged()
    (changes.shown, shown) = (shown, [])
    return changes
  }

  private func commit(_ changes: ConversationChanges) throws(Failure) {
    try trust.commit(changes, of: fingerprint, keepsHistory: keepsHistory)
  }

  /// Puts messages that are new into the index for searching. A search finds those that are not in it, too.
  func index() { _ = try? trust.store?.index(atMost: KeptConversation.indexedCount) }

  /// Some ten milliseconds of work.
  private static let indexedCount = 1000

  /// Messages of the history, oldest first.
  func history(_ selection: HistorySelection) throws(Failure) -> [HistoryEntry] { try trust.history(selection) }

  /// Commits that a message is taken back.
  /// - Returns: its text.
  func withdraw(_ name: MessageName, _ conversation: inout Conversation) throws(Failure) -> [UInt8] {
    let run = MessageRun(name.incarnation, first: name.number, count: 1)
    let lines = try trust.texts(of: fingerprint, run, atMost: 1).first?.lines.dropLast() ?? []
    var changes = changes(of: &conversation)
    changes.withdrawn = [name]
    try commit(changes)
    return lines.map { $0 == 0 ? UInt8(ascii: "\n") : $0 }
  }

  /// The peer's messages that came before, and were not shown before that program ended.
  func notShown() throws(Failure) -> [HistoryEntry] { try trust.notShown(of: fingerprint) }
}
