import Glibc
import Sockets

/// The effects of signals.
extension Endpoint {
  func handleSignals() {
    while let (signal, isFromSession) = signals.nextWithOrigin() {
      switch signal {
      case SIGWINCH: user.terminal?.windowResized(now: now)
      case SIGCONT: if editor == nil { user.terminal?.processContinued(byShell: isFromSession, now: now) }
      case SIGCHLD: concludeEditor()
      case SIGTSTP: suspend()
      case SIGINT: interrupt()
      // Ctrl-\ leaves like a second Ctrl-C, but in an editor it is the editor's.
      case SIGQUIT: if editor == nil { leave(by: SIGINT) }
      default:
        dismissEditor()
        leave(by: signal)
      }
    }
  }

  func suspend() {
    if editor == nil { user.terminal?.suspend() }
    signals.raiseDefault(SIGTSTP)
    // The program runs again. Without job control the kernel did not stop it at all.
    if editor == nil { user.terminal?.resume() }
  }

  func interrupt() {
    // It is the editor's.
    guard editor == nil else { return }
    // At the keyboard the first Ctrl-C only clears the line.
    if let terminal = user.terminal, exitReason == nil, !terminal.interrupt(now: now) { return }
    leave(by: SIGINT)
  }
}
