import Basics
import ChatProtocol
import MessageStore
import Sockets

/// The conversation with a known peer, as the store keeps it. The program holds it (``HeldConversation``), so what was
/// loaded at its beginning stays true.
@MainActor
final class KeptConversation {
  let fingerprint: [UInt8]
  /// Whether texts stay that both ends have.
  let keepsHistory: Bool
  private let trust: Trust
  /// The messages of the peer that were shown, and are to be forgotten.
  private var shown: [MessageRun] = []

  /// - Precondition: this program holds the conversation.
  init(with fingerprint: [UInt8], _ trust: Trust, keepsHistory: Bool) {
    self.fingerprint = fingerprint
    self.trust = trust
    self.keepsHistory = keepsHistory
  }

  /// Its record of earlier openings.
  func record() throws(Failure) -> ConversationRecord { try trust.record(of: fingerprint) }

  /// Texts that are to be sent: the first of some messages.
  func texts(_ runs: ArraySlice<MessageRun>) throws(Failure) -> [MessageBatch] {
    try trust.texts(of: fingerprint, runs, atMost: KeptConversation.loadedBytes)
  }

  /// The texts that are read from the store at a time.
  private static let loadedBytes = 256 << 10

  // MARK: Committing

  /// The message that a program handed over under an id; nil if none is remembered.
  func message(_ id: CallerID) throws(Failure) -> MessageName? { try trust.message(id, for: fingerprint) }

  /// Commits what was accepted. It is on the disk when this returns.
  /// - Parameter ids: those of programs.
  func commitAccepted(_ conversation: inout Conversation, _ ids: [MessageName: CallerID]) throws(Failure) {
    do throws(Failure) {
      let accepted = conversation.uncommitted
      try commit(&conversation) { ($0.accepted, $0.callerIDs) = (accepted, ids) }
    } catch {
      conversation.takeBackUncommitted()
      throw error
    }
    conversation.acceptedCommitted()
  }

  /// Commits what was received, before it is shown and acknowledged.
  func commitReceived(_ conversation: inout Conversation) throws(Failure) {
    let (received, skipped) = (conversation.inbox.messages, conversation.skipped)
    try commit(&conversation) { ($0.received, $0.skipped) = (received, skipped) }
    if !keepsHistory { shown += conversation.inbox.messages.map(\.run) }
  }

  /// Commits what can wait: if it were lost, the peer would be asked again.
  func commitRest(_ conversation: inout Conversation) throws(Failure) {
    try commit(&conversation) { _ in }
  }

  /// Notes that messages of the peer are on the screen that came in an earlier program.
  func noteShown(_ messages: [HistoryEntry]) {
    shown += messages.map { MessageRun($0.name.incarnation, first: $0.name.number, count: 1) }
  }

  /// Whether something waits that ``commitRest(_:)`` commits.
  func hasRest(_ conversation: borrowing Conversation) -> Bool {
    !conversation.unstoredAcknowledgements.isEmpty || !shown.isEmpty
  }

  /// Commits some changes, with what waits.
  private func commit(
    _ conversation: inout Conversation, _ add: (inout ConversationChanges) -> Void
  ) throws(Failure) {
    var changes = ConversationChanges(now: WallClock.system.now.seconds)
    changes.acknowledged = conversation.unstoredAcknowledgements
    changes.shown = shown
    add(&changes)
    try trust.commit(changes, of: fingerprint, keepsHistory: keepsHistory)
    conversation.acknowledgementsStored()
    shown = []
  }

  /// Messages of the history, oldest first.
  func history(_ selection: HistorySelection) throws(Failure) -> [HistoryEntry] { try trust.history(selection) }

  /// A search of the history that is not through.
  private var search: HistorySearch?
  var isSearching: Bool { search != nil }

  /// Begins a search, in the place of one that is not through.
  func beginSearch(for words: String, atMost count: Int) throws(Failure) {
    search = try trust.beginSearch(for: words, of: fingerprint, atMost: count)
  }

  /// Takes a step of the search.
  /// - Returns: what was found, oldest first, once it is through; nil while it is not.
  func goOnSearching() throws(Failure) -> [HistoryEntry]? {
    guard var search else { return nil }
    // A search that fails is over.
    self.search = nil
    if let found = try trust.step(&search) { return found }
    self.search = search
    return nil
  }

  /// Commits that a message is taken back.
  /// - Returns: its text.
  func withdraw(_ name: MessageName, _ conversation: inout Conversation) throws(Failure) -> [UInt8] {
    let run = MessageRun(name.incarnation, first: name.number, count: 1)
    let lines = try trust.texts(of: fingerprint, [run], atMost: 1).first?.lines.dropLast() ?? []
    try commit(&conversation) { $0.withdrawn = [name] }
    return lines.map { $0 == 0 ? UInt8(ascii: "\n") : $0 }
  }

  /// The peer's messages that came before, and were not shown before that program ended.
  func notShown() throws(Failure) -> [HistoryEntry] { try trust.notShown(of: fingerprint) }
}
