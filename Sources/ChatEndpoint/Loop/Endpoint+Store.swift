import Basics
import ChatProtocol
import MessageStore
import Sockets

/// The conversation and the store. A message of a person is accepted once it is committed here, and acknowledged to the
/// peer once it is committed there.
extension Endpoint {
  /// Changes that can wait are committed this long after they came, so that a message costs one commit at each end.
  private static let restDelay = Duration.seconds(1)
  /// …or at once if they are so many: each takes some microseconds, and the loop stands still meanwhile.
  private static let restMax = 4096

  /// Whether messages are kept in a store.
  var keepsStore: Bool { trust?.storesMessages == true }

  // MARK: Taking a conversation up

  /// Takes up the conversation with a known peer, before there is a link: what is written meanwhile waits for it, and
  /// no other program of this user is disturbed that has it.
  func takeUpExpected() throws(Failure) {
    guard let peer = trust?.expected else { return }
    try takeUp(with: peer.fingerprint, called: peer.name.description)
  }

  /// Takes up the conversation with a known peer, where the last program left it. A batch end holds it as well, without
  /// what the store has of it: a second program would oust the first one at the peer.
  func takeUp(with fingerprint: [UInt8], called name: String) throws(Failure) {
    guard let trust, trust.store != nil, held == nil, conversation.phase == .waiting else { return }
    do throws(HeldConversation.Failed) { held = try HeldConversation(with: fingerprint, trust) } catch {
      switch error {
      case .held(let process): throw .ownFile(.conversationHeld(peer: name, by: process))
      case .failed(let failure): throw failure
      }
    }
    trust.heldPeer = fingerprint
    guard keepsStore else { return }
    let kept = KeptConversation(with: fingerprint, trust, keepsHistory: settings.keepsHistory)
    // The peer was greeted with this incarnation. If a conversation has ended between, it was greeted with an older one
    // and takes the next link for that of another opening, which costs nothing but a new link.
    conversation = Conversation(
      party: settings.party, storage: .store(keepsHistory: settings.keepsHistory),
      incarnation: conversation.incarnation, record: try kept.record())
    owedAtOpening = conversation.unsentCount
    self.kept = kept
    indexDueAt = now + Endpoint.indexDelay
    showRecalled(with: name)
    showWhatWaits(for: name)
  }

  private func showWhatWaits(for name: String) {
    let count = conversation.unsentCount
    guard count > 0 else { return }
    let messages = count.counted("message waits", "messages wait")
    user.interface.show(.note("\(messages) for \(name), from before"))
  }

  // MARK: Committing

  /// Commits what was accepted.
  /// - Parameter ids: those of programs.
  /// - Returns: why it could not be; nil if it is on the disk.
  func commitAccepted(_ ids: [MessageName: CallerID] = [:]) -> String? {
    guard let kept else { return nil }
    do throws(Failure) {
      try kept.commitAccepted(&conversation, ids)
      return nil
    } catch {
      return ExitReason(error).sentence
    }
  }

  /// Commits what was received, before anybody sees it.
  /// - Returns: whether it is on the disk.
  func commitReceived() -> Bool {
    guard let kept else { return true }
    do throws(Failure) {
      try kept.commitReceived(&conversation)
      indexDueAt = now + Endpoint.indexDelay
      return true
    } catch {
      storeFailed(error)
      return false
    }
  }

  /// Tells the peer that nothing of it can be kept, and leaves.
  private func storeFailed(_ failure: Failure) {
    let isFull = if case .ownFile(.store(_, .full)) = failure { true } else { false }
    conversation.refuseReceived(isFull ? .storeFull : .storeUnusable)
    leave(ExitReason(failure))
  }

  /// Commits what could wait, once that is due.
  func commitRest(atOnce: Bool = false) {
    guard let kept, kept.hasRest(conversation) else {
      restDueAt = nil
      return
    }
    let isLarge = conversation.unstoredAcknowledgements.count >= Endpoint.restMax
    guard atOnce || isLarge || restDueAt.map({ $0 <= now }) ?? false else {
      restDueAt = restDueAt ?? now + Endpoint.restDelay
      return
    }
    restDueAt = nil
    // The peer knows it, and is asked again.
    try? kept.commitRest(&conversation)
    indexDueAt = now + Endpoint.indexDelay
  }

  /// The index for searching is looked at when nothing was committed for so long.
  private static let indexDelay = Duration.seconds(1)
  /// The time between two steps with it, in which other programs can write.
  private static let indexPause = Duration.milliseconds(50)

  /// Takes a step with the index for searching, once that is due. Nobody waits for it.
  func indexTexts() {
    guard let due = indexDueAt, due <= now else { return }
    indexDueAt = trust?.tidyStore() == true ? now + Endpoint.indexPause : nil
  }

  /// So many times texts are read from the store in one turn: enough for some megabytes a second, and some milliseconds
  /// even if each message is of an opening of its own.
  private static let loadsPerTurn = 4

  /// Reads the texts that are to be sent next, as many as one turn may.
  func loadTexts() {
    guard let kept else { return }
    for _ in 0..<Endpoint.loadsPerTurn where hasTextsToLoad {
      do throws(Failure) { conversation.supply(try kept.texts(conversation.missingTexts)) } catch {
        return storeFailed(error)
      }
    }
  }

  /// Whether texts are to be read from the store. Nothing will wake the loop for them.
  var hasTextsToLoad: Bool {
    guard kept != nil, let link = links.current, link.session.ending == nil else { return false }
    return !conversation.missingTexts.isEmpty
  }

  /// Messages wait that were written without a link, and this end leaves.
  func noteWaitingMessages() {
    guard let reason = exitReason else { return }
    exitReason = sayingWhatWaits(reason)
  }

  /// A reason for the end, with the number of messages that wait and had no link. A mere wish to leave becomes a
  /// failure.
  func sayingWhatWaits(_ reason: ExitReason) -> ExitReason {
    // An end that hands the conversation over succeeds too, but says that another program goes on with it.
    let isMereWish = reason.status == .success && reason.problem == nil
    guard kept != nil, conversation.phase == .waiting, conversation.unsentCount > 0, let peer = trust?.expected,
      reason.status != .success || isMereWish, reason.waiting == nil
    else { return reason }
    var changed = reason
    if isMereWish { changed.status = .undelivered }
    changed.waiting = ConversationOutcome.waiting(conversation.unsentCount, for: peer.name.description)
    return changed
  }

  // MARK: What happened

  /// Shows what the two ends found out when they resumed.
  func showConversationEvents() {
    let label = links.current?.peerLabel ?? "the other side"
    for event in conversation.takeEvents() {
      if case .repeatNeedsConsent = event { isAskedAboutRepeat = true }
      if let sentence = event.sentence(about: label) { user.interface.show(.note(sentence)) }
    }
  }
}

extension ConversationEvent {
  /// The event in a sentence; nil if nobody needs to know.
  /// - Parameter peer: what the peer is called here.
  fileprivate func sentence(about peer: String) -> String? {
    switch self {
    case .resumed: nil
    case .repeating(let count):
      "\(peer) had \(messages(count)) of yours and lacks \(them(count)) now: its store was lost or is an older copy, "
        + "or a program in batch took \(them(count)); sent again"
    case .repeatNeedsConsent(let count):
      "\(peer) had \(messages(count)) of yours and lacks \(them(count)) now; are you sure who it is? /resend sends "
        + "\(them(count)) again, /skip goes on without, and nothing else goes out before that"
    case .peerLost(let count):
      "\(messages(Int(clamping: count))) of \(peer)'s do not come: \(peer) leaves them out, or has no text of "
        + "them any more"
    case .ownStoreIsOlder:
      "\(peer) has messages of yours that are not in your store: it is an older copy, or another one is in use"
    }
  }

  private func them(_ count: Int) -> String { count == 1 ? "it" : "them" }

  private func messages(_ count: Int) -> String { count.counted("message", "messages") }
}
