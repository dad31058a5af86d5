import ChatProtocol
import Sockets
import Terminal

/// The interface for programs. Standard output is a pipe, written at its reader's pace, and there is no prompt.
@MainActor
final class PipeInterface: UserInterface {
  /// The format of standard output.
  enum Format {
    /// Only the peer's messages, as they came. Sentences go to standard error.
    /// - verbosity: the sentences to write: -1 for few, 0 for the usual ones, 1 and above for more.
    case text(verbosity: Int)
    /// One JSON object a line for every event and every message. docs/EVENTS.md lists them.
    case json
  }

  private let pipe: OutputPipe
  private let format: Format
  private let clock = WallClock.system
  /// A terminal would obey the peer's escape sequences.
  private let isTerminal = StandardStreams.outputIsTerminal

  init(_ format: Format) throws(Failure) {
    pipe = try OutputPipe()
    self.format = format
  }

  func show(_ event: EndpointEvent) {
    switch format {
    case .text(let verbosity):
      if event.verbosity <= verbosity { StandardError.write("tincan: \(event.sentence)\n") }
    case .json: pipe.append(event.json(at: clock.now).utf8)
    }
  }

  func show(_ messages: ReceivedMessages, from peer: String, nameInGreeting: String?) {
    switch format {
    case .text where isTerminal: for entry in messages.entries { pipe.append(messages.escapedText(entry).utf8) }
    case .text: pipe.append(messages.bytes)
    case .json:
      let now = clock.now
      for (entry, written) in zip(messages.entries, messages.timesWritten) {
        pipe.append(messages.json(entry, from: peer, at: now, writtenAt: written).utf8)
      }
    }
  }

  var canShowMessages: Bool { pipe.takesMore }
  var hasPendingOutput: Bool { !pipe.isEmpty }
  var pendingLines: Int { pipe.lineCount }
  func watch(in set: inout PollSet) { pipe.watch(in: &set) }
  func flush(_ set: borrowing PollSet) throws(Failure) { try pipe.flush(set) }

  /// No message will come any more. A program that reads them sees the end at once; events still come.
  func endMessages() { if case .text = format { pipe.end() } }
}

extension ReceivedMessages {
  /// The text of one entry, fit for a terminal, with the line feed that ends a message.
  func escapedText(_ entry: Entry) -> String {
    EscapedText.of(text(entry), tabs: true) + (entry.moreFollows ? "" : "\n")
  }
}
