import ChatEndpoint
import Sockets

/// Standard output of the commands that print something and end.
enum CommandOutput {
  /// Prints a text as a whole, or ends the process with the sentence of a failure.
  static func print(_ text: () throws(OwnFileFailure) -> String) {
    run { () throws(ExitReason) in
      let whole: String
      do throws(OwnFileFailure) { whole = try text() } catch { throw ExitReason(error) }
      try write(whole)
    }
  }

  /// Runs a command that prints, or ends the process with the sentence of a failure.
  static func run(_ body: () throws(ExitReason) -> Void) {
    do throws(ExitReason) {
      if StandardStreams.occupy().output { throw ExitReason(.inputOutput, "standard output is closed") }
      try body()
    } catch {
      error.leave()
    }
  }

  /// Prints a text, however long its reader takes.
  static func write(_ text: String) throws(ExitReason) {
    do throws(SystemError) { try StandardOutput.writeWhole(text) } catch {
      throw ExitReason(.inputOutput, "writing to standard output failed: \(error)")
    }
  }

  /// How long the last event waits for its reader.
  private static let lastTimeout = Duration.seconds(1)

  /// Prints the last event of a program that has failed, for a second at most: a reader that takes nothing does not
  /// keep it from ending.
  static func writeLast(_ event: String) { try? StandardOutput.writeWhole(event, atMost: lastTimeout) }
}
