import Glibc
import Sockets

/// What signals ask for.
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
    // Here again, or still: without job control the kernel stops nobody.
    user.terminal?.resume()
  }

  private func interrupt() {
    // At the keyboard the first one clears the line.
    if let terminal = user.terminal, exitReason == nil, !terminal.interrupt(now: now) { return }
    leave(by: SIGINT)
  }
}
