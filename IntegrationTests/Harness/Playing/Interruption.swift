import CHarness
import Glibc

/// Tells when this process is to stop: by a signal, or because the runner is gone, whose end of the pipe on standard
/// input is closed then, however it went.
final class Interruption: Participant {
  private let signals: Descriptor
  private let watchesInput: Bool
  /// Why to stop; nil as long as there is no reason to.
  private(set) var reason: String?
  /// The signal, when that is the reason.
  private(set) var signal: Int32?

  /// `watchesInput` says whether standard input, when it is a pipe, tells of the runner.
  init?(watchesInput: Bool) {
    let number = harness_interruptions()
    guard number >= 0 else { return nil }
    signals = Descriptor(owning: number)
    var status = stat()
    self.watchesInput = watchesInput && fstat(0, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }

  func interests(now: Instant) -> [Interest] {
    guard reason == nil else { return [] }
    let number = signals.number
    var interests = [
      Interest(descriptor: number, events: Int16(POLLIN)) { [self] _ in
        let signal = harness_next_interruption(number)
        self.signal = signal
        reason = "interrupted by \(Signal.name(signal))"
      }
    ]
    if watchesInput {
      // A hang-up comes unasked; what might be sent is of no interest.
      interests.append(Interest(descriptor: 0, events: 0) { [self] _ in reason = "the runner is gone" })
    }
    return interests
  }
}
