import Basics
import ChatProtocol
import Sockets

/// All links of an endpoint: the current one, those that are closing, and callers that are being refused.
///
/// ```
///   candidate ──no current link──▶ current ──session over──▶ closing ──peer's machine has everything──▶ gone
///       └────────busy───────────▶ refused ──closes, or its time is over──▶ gone
/// ```
///
/// A candidate on plain text is judged at once, since nothing tells who it is. A link that is closing holds up nobody: the next
/// candidate becomes the current link meanwhile.
@MainActor
final class LinkTable {
  /// What became of a candidate.
  enum Admission {
    case current(Link)
    /// It was told that we are busy.
    case refused
    /// It was closed without an answer.
    case dropped
  }

  /// A conversation that is over, and the link it waits for.
  private struct Closing {
    var conversation: EndedConversation
    let link: LingeringLink
  }

  private(set) var current: Link?
  private var closing: [Closing] = []
  private var refused: [LingeringLink] = []

  /// Whether the fate of an ended conversation is still open.
  var isClosing: Bool { !closing.isEmpty }

  var deadline: Instant? {
    nearest(nearest(current?.session.deadline, nearest(closing.map(\.link.deadline))), nearest(refused.map(\.deadline)))
  }

  /// - reads: whether what arrives on the current link can be shown now.
  func watch(in set: inout PollSet, reads: Bool, _ conversation: borrowing Conversation) {
    current?.watch(in: &set, reads: reads, conversation)
    for link in refused { link.watch(in: &set) }
  }

  /// Judges a candidate.
  /// - Parameter isBusy: whether it cannot become the current link.
  func admit(_ candidate: consuming Candidate, isBusy: Bool, party: Party, now: Instant) -> Admission {
    guard isBusy || current != nil else {
      let session = PlainSession(party: party, mayBeRefused: candidate.isOurs)
      let link = Link(candidate, session)
      current = link
      return .current(link)
    }
    // A link we dialled is nobody's to be told that we are busy: it is just closed.
    guard !candidate.isOurs, refused.count < Limits.refusedMax,
      let link = LingeringLink(refused: candidate.takeSocket(), with: PlainSession.busyLine + "\n", now: now)
    else { return .dropped }
    refused.append(link)
    return .refused
  }

  /// The session of the current link is over: closes the link, at once or when the peer's machine has everything.
  /// - Parameter silence: how long the peer may take nothing meanwhile.
  func closeCurrent(_ conversation: EndedConversation, silence: Duration, now: Instant) {
    guard let link = current, let socket = link.takeSocket() else { return }
    current = nil
    closing.append(
      Closing(conversation: conversation, link: LingeringLink(finished: socket, silence: silence, now: now)))
  }

  /// Lets go of the current link at once.
  func dropCurrent() { current = nil }

  /// Goes on with the links that are closing or refused.
  /// - Returns: the conversations whose fate is known now, each with whether the peer's machine took everything.
  func step(_ set: borrowing PollSet, now: Instant) -> [(conversation: EndedConversation, isTaken: Bool)] {
    for link in refused { link.step(set, now: now) }
    refused.removeAll { $0.outcome != nil }
    for entry in closing { entry.link.step(set, now: now) }
    return takeClosed { $0.outcome != nil }
  }

  /// Waits for no link any longer.
  /// - Returns: the conversations whose fate will not be known.
  func abandonClosing() -> [(conversation: EndedConversation, isTaken: Bool)] { takeClosed { _ in true } }

  private func takeClosed(
    where isDone: (LingeringLink) -> Bool
  ) -> [(conversation: EndedConversation, isTaken: Bool)] {
    let done = closing.filter { isDone($0.link) }
    closing.removeAll { isDone($0.link) }
    return done.map { entry in
      var conversation = entry.conversation
      conversation.fault = conversation.fault ?? entry.link.fault
      return (conversation, entry.link.outcome == .closed)
    }
  }
}
