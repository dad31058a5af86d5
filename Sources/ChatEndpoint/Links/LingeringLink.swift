import Basics
import ChatProtocol
import Sockets

/// A link on its way out: its socket, and the machine that decides when it may be closed.
@MainActor
final class LingeringLink {
  private let socket: Socket
  private var close: LingeringClose
  /// What broke it, once something has.
  private(set) var fault: SystemError?
  private static let scrapBytes = 4096
  private var scrap: [UInt8] = []

  /// A link whose session is over and whose end was announced: kept until the peer's machine has taken everything.
  init(finished socket: consuming Socket, silence: Duration, now: Instant) {
    self.socket = socket
    close = LingeringClose(awaiting: .acknowledgement, .init(silence: silence), halfCloses: false, now: now)
    step(now: now)
  }

  /// A caller that is refused with a sentence: kept, and read without heed, until it closes or its time is over.
  /// - Returns: nil when it took nothing of the sentence.
  init?(refused socket: consuming Socket, with sentence: String, now: Instant) {
    self.socket = socket
    close = LingeringClose(
      awaiting: .peerEnd, .init(total: Limits.refusedWait), halfCloses: true, now: now)
    // A fresh socket takes a line at once; one that does not is gone.
    guard case .moved? = try? self.socket.send(Array(sentence.utf8)[...]) else { return nil }
    scrap = [UInt8](repeating: 0, count: LingeringLink.scrapBytes)
    self.socket.halfClose()
    close.handle(.halfClosed, now: now)
  }

  /// How it ended, once it has.
  var outcome: LingeringClose.Outcome? { close.outcome }
  var deadline: Instant? { close.deadline }

  func watch(in set: inout PollSet) { if close.discardsInput { set.watch(socket.number, for: .reading) } }

  /// Goes on.
  func step(_ set: borrowing PollSet, now: Instant) {
    if close.discardsInput, set.readiness(of: socket.number).contains(.readable) { discard(now) }
    step(now: now)
  }

  private func step(now: Instant) {
    if close.isProbeDue(now: now) { probe(now) }
    if let deadline = close.deadline, deadline <= now { close.handle(.expired, now: now) }
  }

  private func probe(_ now: Instant) {
    let left = socket.unacknowledgedBytes
    if left > 0, let error = try? socket.connectFailure() {
      fault = error
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
