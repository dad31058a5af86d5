import Basics
import ChatProtocol
import Sockets

/// All links of an endpoint: the current one, the closing ones, and those that got an answer instead of a session.
///
/// ```
///   candidate ──no current link──▶ current ──session over──▶ closing ──peer's machine has everything──▶ gone
///       │                             └──the other end is no peer──┐
///       └────────this end is busy────────────────────────▶ answered ──closes, or its time is over──▶ gone
/// ```
///
/// `BusyReply.swift` has the answers.
///
/// Plain text carries no names, so a plain candidate is judged at once. An encrypted one first has to come in, which
/// ``SecureCandidate`` does; any number of them hold up nobody. A closing link holds up nobody: the next candidate
/// becomes the current link meanwhile. Only a newer link of the same conversation takes the place of a current one.
@MainActor
final class LinkTable {
  /// The decision about a candidate.
  enum Verdict {
    case current(Link)
    /// The candidate is refused: it was sent the busy line.
    case refused
    /// The candidate was closed without an answer.
    case dropped
  }

  /// A conversation that is over, and the link that it waits for.
  private struct Closing {
    var conversation: EndedConversation
    let link: LingeringLink
  }

  private(set) var current: Link?
  /// Encrypted links on their way in.
  private var candidates: [SecureCandidate] = []
  private var closing: [Closing] = []
  /// The links that got an answer, and linger until the other end closes.
  private(set) var answered: [LingeringLink] = []

  /// Whether the outcome of an ended conversation is still open.
  var isClosing: Bool { !closing.isEmpty }

  var deadline: Instant? {
    nearest(
      current?.deadline, nearest(candidates.map(\.deadline)), nearest(closing.map(\.link.deadline)),
      nearest(answered.map(\.deadline)))
  }

  /// Registers the interest of all links.
  /// - Parameter reads: whether messages of the current link can be committed and shown now.
  func watch(in set: inout PollSet, reads: Bool, _ conversation: borrowing Conversation) {
    current?.watch(in: &set, reads: reads, conversation)
    for link in answered { link.watch(in: &set) }
    for candidate in candidates { candidate.watch(in: &set) }
  }

  // MARK: Encrypted candidates

  /// Takes a link that is on its way in. If there are too many, another one is closed for it.
  func add(_ candidate: SecureCandidate) {
    if candidates.count >= Limits.candidatesMax { candidates.remove(at: leastPromising) }
    candidates.append(candidate)
  }

  /// The candidate that is missed least: one that was refused, else the oldest of those from the address with the most
  /// of them. A candidate whose key is known stays. So callers who take all the room do not keep a peer out: it needs
  /// the room for a moment only, and then its key is known.
  private var leastPromising: Int {
    if let refused = candidates.firstIndex(where: { $0.outcome != nil }) { return refused }
    var counts: [String: Int] = [:]
    for candidate in candidates where !candidate.isKnown { counts[candidate.transportAddress.host, default: 0] += 1 }
    let most = counts.values.max()
    return candidates.firstIndex { !$0.isKnown && counts[$0.transportAddress.host] == most } ?? 0
  }

  /// Steps the encrypted candidates, up to the first that is let in: the rule is another one for those behind it, and
  /// they wait for the next turn.
  /// - Returns: those whose outcome became known in this step.
  func stepCandidates(
    _ set: borrowing PollSet, _ rule: EntryRule, now: Instant
  ) throws(Failure) -> [SecureCandidate] {
    var decided: [SecureCandidate] = []
    for candidate in candidates {
      let wasDecided = candidate.outcome != nil
      try candidate.step(set, rule, now: now)
      guard !wasDecided, let outcome = candidate.outcome else { continue }
      decided.append(candidate)
      if case .admitted = outcome { break }
    }
    candidates.removeAll { $0.isOver }
    return decided
  }

  /// Whether a link that this end asked for is on its way in.
  var hasRequestedCandidate: Bool { candidates.contains { $0.isRequested && $0.outcome == nil } }

  /// Notes that the network may have changed under the candidates that this end asked for.
  func networkChanged(now: Instant) {
    for candidate in candidates where candidate.isRequested { candidate.networkChanged(now: now) }
  }

  /// Ends the current link, and tells the peer why. The conversation goes on over another one.
  func oustCurrent(_ reason: Goodbye.Reason, _ conversation: borrowing Conversation, now: Instant) {
    guard let link = current else { return }
    link.oust(reason, conversation, now: now)
    if let socket = takeCurrentSocket() {
      keepAnswered(LingeringLink(finished: socket, silence: Limits.goodbyeWait, now: now))
    }
  }

  /// Makes the link of a peer that was let in the current one.
  func admit(_ link: Link) {
    precondition(current == nil)
    current = link
  }

  // MARK: Plain candidates

  /// Judges a candidate.
  /// - Parameter isBusy: whether it cannot become the current link.
  func admit(
    _ candidate: consuming Candidate, isBusy: Bool, _ makeSession: (_ peerMayBeBusy: Bool) -> any Session, now: Instant
  ) -> Verdict {
    guard isBusy || current != nil else {
      let session = makeSession(candidate.isRequested)
      let link = Link(candidate, session, now: now)
      current = link
      return .current(link)
    }
    return refuse(candidate, now: now)
  }

  /// Closes the current link, whose session is over, once the peer's machine has everything.
  /// - Parameter silence: the longest time without the peer taking a byte.
  func closeCurrent(_ conversation: EndedConversation, silence: Duration, now: Instant) {
    guard let link = current, let socket = link.takeSocket() else { return }
    current = nil
    closing.append(
      Closing(conversation: conversation, link: LingeringLink(finished: socket, silence: silence, now: now)))
  }

  /// Takes the current link's socket, and drops the link.
  func takeCurrentSocket() -> Socket? {
    defer { current = nil }
    return current?.takeSocket()
  }

  /// Keeps a link that was sent an answer until the other end closes.
  func keepAnswered(_ link: LingeringLink) { answered.append(link) }

  /// Closes the current link at once.
  func dropCurrent() { current = nil }

  /// Handles readiness and deadlines of the closing and answered links.
  /// - Returns: the conversations whose outcome is known now, each with whether the peer's machine took everything.
  func step(_ set: borrowing PollSet, now: Instant) -> [(conversation: EndedConversation, isTaken: Bool)] {
    for link in answered { link.step(set, now: now) }
    answered.removeAll { $0.outcome != nil }
    for entry in closing { entry.link.step(set, now: now) }
    return takeClosed { $0.outcome != nil }
  }

  /// Closes all closing links at once.
  /// - Returns: their conversations, whose outcome stays unknown.
  func abandonClosing() -> [(conversation: EndedConversation, isTaken: Bool)] { takeClosed { _ in true } }

  private func takeClosed(
    where isDone: (LingeringLink) -> Bool
  ) -> [(conversation: EndedConversation, isTaken: Bool)] {
    let done = closing.filter { isDone($0.link) }
    closing.removeAll { isDone($0.link) }
    return done.map { entry in
      var conversation = entry.conversation
      conversation.linkError = conversation.linkError ?? entry.link.linkError
      return (conversation, entry.link.outcome == .closed)
    }
  }
}
