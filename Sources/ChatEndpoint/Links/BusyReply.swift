import Basics
import ChatProtocol
import Sockets

/// The answers to an end that gets no session here: a caller that comes while this end is busy, and an end that is no
/// peer.
///
/// These are the answers in plain text. An encrypted caller is told that this end is busy inside TLS, by a goodbye: see
/// `begin(with:isBusy:_:)` of ``SecureCandidate``.
///
/// An answer is one text and this end's half-close. The link then lingers, because a close with bytes unread would
/// destroy the answer.
extension LinkTable {
  /// Refuses a candidate, because this end is busy: it is sent ``PlainSession/busyLine``.
  /// - Returns: `dropped` if it was closed without that line: this end asked for the link, so that the peer does not
  ///   expect a refusal, or too many others linger, or it took nothing.
  func refuse(_ candidate: consuming Candidate, now: Instant) -> Verdict {
    guard !candidate.isRequested else { return .dropped }
    return answer(candidate.takeSocket(), with: PlainSession.busyLine + "\n", now: now) ? .refused : .dropped
  }

  /// Closes the current link with an answer that an end that is no peer understands.
  func answerForeign(with text: String, now: Instant) {
    guard let socket = takeCurrentSocket() else { return }
    _ = answer(socket, with: text, now: now)
  }

  /// - Returns: whether the answer was sent.
  private func answer(_ socket: consuming Socket, with text: String, now: Instant) -> Bool {
    guard answered.count < Limits.answeredMax, let link = LingeringLink(answered: socket, with: text, now: now) else {
      return false
    }
    keepAnswered(link)
    return true
  }
}
