import Basics
import ChatProtocol
import Sockets

/// A link that is closing: its socket, and the machine that decides when it may be closed.
@MainActor
final class LingeringLink {
  private let socket: Socket
  private var close: LingeringClose
  /// The error that broke the link; nil if none has.
  private(set) var linkError: SystemError?
  private static let scrapBytes = 4096
  private var scrap: [UInt8] = []

  /// Keeps a link whose session is over and whose end was announced, until the peer's machine has taken everything.
  init(finished socket: consuming Socket, silence: Duration, now: Instant) {
    self.socket = socket
    close = LingeringClose(awaiting: .acknowledgement, .init(silence: silence), halfCloses: false, now: now)
    step(now: now)
  }

  /// Answers the other end with a text and the end of the stream. Keeps the link until the other end closes or its time
  /// is over. Its bytes are read and discarded meanwhile.
  /// - Returns: nil if the other end took nothing of the text.
  init?(answered socket: consuming Socket, with text: String, now: Instant) {
    self.socket = socket
    close = LingeringClose(
      awaiting: .peerEnd, .init(total: Limits.answeredWait), halfCloses: true, now: now)
    // A new socket takes a line at once, so one that does not is gone.
    guard case .moved? = try? self.socket.send(Array(text.utf8)[...]) else { return nil }
    scrap = [UInt8](repeating: 0, count: LingeringLink.scrapBytes)
    self.socket.halfClose()
    close.handle(.halfClosed, now: now)
  }

  /// The result of the close; nil while the link lingers.
  var outcome: LingeringClose.Outcome? { close.outcome }
  var deadline: Instant? { close.deadline }

  func watch(in set: inout PollSet) { if close.discardsReceived { set.watch(socket.number, for: .reading) } }

  /// Handles readiness and deadlines.
  func step(_ set: borrowing PollSet, now: Instant) {
    if close.discardsReceived, set.readiness(of: socket.number).contains(.readable) { discard(now) }
    step(now: now)
  }

  private func step(now: Instant) {
    if close.isAcknowledgementCheckDue(now: now) { checkAcknowledged(now) }
    if let deadline = close.deadline, deadline <= now { close.handle(.expired, now: now) }
  }

  private func checkAcknowledged(_ now: Instant) {
    let left = socket.unacknowledgedBytes
    let error = left > 0 ? try? socket.takePendingError(of: "send") : nil
    // The error may have been taken before, when the hang-up was noticed. The number of bytes stays what it was then.
    if left > 0, error != nil || socket.isDisconnected {
      linkError = error
      close.handle(.broke, now: now)
    } else {
      close.handle(.unacknowledged(left), now: now)
    }
  }

  private func discard(_ now: Instant) {
    switch try? socket.receive(into: &scrap) {
    case .moved(let count)?: close.handle(.discarded(count), now: now)
    case .wouldBlock?: break
    case .endOfStream?: close.handle(.peerEnded, now: now)
    case nil: close.handle(.broke, now: now)
    }
  }
}
