import Glibc
import Sockets

/// The effects of signals.
extension Endpoint {
  func handleSignals() {
    while let signal = signals.next() {
      if user.terminal != nil, [SIGINT, SIGQUIT, SIGTSTP].contains(signal) {
        StandardStreams.settleAfterKeyboardSignal()
      }
      switch signal {
      case SIGWINCH: user.terminal?.windowResized(now: now)
      case SIGCONT: user.terminal?.resume()
      case SIGTSTP: suspend()
      case SIGINT: interrupt()
      // Ctrl-\ leaves like a second Ctrl-C.
      case SIGQUIT: leave(by: SIGINT)
      default: leave(by: signal)
      }
    }
  }

  private func suspend() {
    user.terminal?.suspend()
    signals.raiseDefault(SIGTSTP)
    // The program runs again. Without job control the kernel did not stop it at all.
    user.terminal?.resume()
  }

  private func interrupt() {
    // At the keyboard the first Ctrl-C only clears the line.
    if let terminal = user.terminal, exitReason == nil, !terminal.interrupt(now: now) { return }
    leave(by: SIGINT)
  }
}
