import Glibc
import Sockets

/// The effects of signals.
extension Endpoint {
  func handleSignals() {
    while let signal = signals.next() {
      switch signal {
      case SIGWINCH: user.terminal?.windowResized(now: now)
      case SIGCONT: user.terminal?.resume()
      case SIGTSTP: suspend()
      case SIGINT: interrupt()
      default: leave(by: signal)
      }
    }
  }

  func suspend() {
    user.terminal?.suspend()
    signals.raiseDefault(SIGTSTP)
    // The program runs again. Without job control the kernel did not stop it at all.
    user.terminal?.resume()
  }

  func interrupt() {
    // At the keyboard the first Ctrl-C only clears the line.
    if let terminal = user.terminal, exitReason == nil, !terminal.interrupt(now: now) { return }
    leave(by: SIGINT)
  }
}
