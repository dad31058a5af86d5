import Glibc
import Sockets

/// What signals ask for.
extension Endpoint {
  func handleSignals() {
    while let signal = signals.next() {
      if user.terminal != nil, signal == SIGINT || signal == SIGTSTP { StandardStreams.settleAfterKeyboardSignal() }
      switch signal {
      case SIGWINCH: user.terminal?.windowResized(now: now)
      case SIGCONT: user.terminal?.resume()
      case SIGTSTP: suspend()
      case SIGINT: interrupt()
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
    if let terminal = user.terminal, exitReason == nil, !terminal.interrupt() { return }
    leave(by: SIGINT)
  }
}
