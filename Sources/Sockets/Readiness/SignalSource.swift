import CSystem
import Glibc

/// Signals turned into readiness: from its creation on, the given signals are blocked and become readable here. So a
/// loop handles them at one point of its turn and nowhere else (signalfd(2)).
///
/// Create it before any thread starts: threads inherit what is blocked.
public struct SignalSource: ~Copyable {
  private let descriptor: Descriptor
  private var signals = sigset_t()

  /// - Parameter numbers: the signals to receive here. One that was ignored when the program started (nohup, a shell
  ///   in the background) stays ignored.
  public init(_ numbers: [CInt]) throws(SystemError) {
    sigemptyset(&signals)
    // A program that ignores SIGCHLD does not learn that a child has ended (wait(2)), and we start programs.
    if numbers.contains(SIGCHLD) { signal(SIGCHLD, SIG_DFL) }
    for number in numbers where csystem_is_ignored(number) == 0 { sigaddset(&signals, number) }
    let code = pthread_sigmask(SIG_BLOCK, &signals, nil)
    guard code == 0 else { throw SystemError(call: "pthread_sigmask", code: code) }
    // A write to a pipe that nobody reads, or beyond the limit on the size of files, is an error of that write, and
    // does not end the program. Nor do its last words stop it where `stty tostop` has the terminal refuse writes from
    // the background.
    for number in [SIGPIPE, SIGXFSZ, SIGTTOU] { _ = signal(number, SIG_IGN) }
    let blocked = signals
    let number = try SystemCalls.retrying("signalfd") {
      withUnsafePointer(to: blocked) { csystem_signal_descriptor($0) }
    }
    descriptor = Descriptor(owning: number)
  }

  /// For interest in readiness.
  public var number: CInt { descriptor.number }

  /// The next signal that arrived, or nil.
  public func next() -> CInt? { nextWithOrigin()?.number }

  /// The next signal that arrived, and whether a process of this session sent it, as a shell does to its jobs; or nil.
  public func nextWithOrigin() -> (number: CInt, isFromSession: Bool)? {
    var sender: pid_t = 0
    let signal = csystem_next_signal(descriptor.number, &sender)
    // The kernel has no number, nor has a process that is invisible here.
    return signal > 0 ? (signal, sender > 0 && getsid(sender) == getsid(0)) : nil
  }

  /// Gives signals their effects back, where the program goes on without a source of them. One that arrived meanwhile
  /// has its effect now.
  public static func unblock(_ numbers: [CInt]) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Gives `number` its default effect on this process now: to end by the signal that made us leave, so that the shell
  /// sees it, and to stop. Returns when the process goes on, or never.
  public func raiseDefault(_ number: CInt) {
    let before = signal(number, SIG_DFL)
    var only = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, number)
    // Raised for this thread while blocked, it takes effect at the unblocking.
    raise(number)
    pthread_sigmask(SIG_UNBLOCK, &only, nil)
    pthread_sigmask(SIG_BLOCK, &only, nil)
    _ = signal(number, before)
    // After a stop, what made the process go on is over.
    sigemptyset(&only)
    sigaddset(&only, SIGCONT)
    var atOnce = timespec()
    _ = sigtimedwait(&only, nil, &atOnce)
  }
}
