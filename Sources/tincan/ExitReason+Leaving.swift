import ChatEndpoint
import Glibc
import Sockets
import Terminal

extension ExitReason {
  /// Ends the process as ``leave()`` does.
  /// - Parameter json: whether a program reads events. It gets a `failed` event first.
  func leave(json: Bool) -> Never {
    if json { CommandOutput.writeLast(failedEvent) }
    leave()
  }

  /// Ends the process: writes the sentence if there is one, raises the signal if there is one, or exits with the
  /// status.
  func leave() -> Never {
    if let sentence { StandardError.write("tincan: \(EscapedText.of(sentence))\n") }
    StandardError.finish()
    // Commands run from main, so this is the main thread.
    if let signal { MainActor.assumeIsolated { Endpoint.raise(signal) } }
    Glibc.exit(number)
  }
}
