import ChatProtocol
import Sockets

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

  init(_ format: Format) throws(Failure) {
    pipe = try OutputPipe()
    self.format = format
  }

  func show(_ event: EndpointEvent) {
    switch format {
    case .text(let verbosity):
      if event.verbosity <= verbosity { StandardError.write("tincan: \(event.sentence)\n") }
    case .json: pipe.append(event.json.utf8)
    }
  }

  func show(_ messages: MessageBatch, from peer: String) {
    switch format {
    case .text: pipe.append(messages.bytes)
    case .json: for entry in messages.entries { pipe.append(messages.json(entry, from: peer).utf8) }
    }
  }

  var acceptsMessages: Bool { pipe.takesMore }
  var pendingLines: Int { pipe.lineCount }
  func watch(in set: inout PollSet) { pipe.watch(in: &set) }
  func flush(_ set: borrowing PollSet) throws(Failure) { try pipe.flush(set) }
}

extension MessageBatch {
  /// The event for one entry, with its line feed.
  func json(_ entry: Entry, from peer: String) -> String {
    let bytes = text(entry)
    let text = String(decoding: bytes, as: UTF8.self)
    var object = JSONObject()
    object.add("event", "message")
    object.add("time", WallClock.timestamp())
    object.add("from", peer)
    object.add("text", text)
    if entry.moreFollows { object.add("more", true) }
    // U+FFFD stands for bytes that are not UTF-8. This member distinguishes it from one that the peer sent.
    if !text.utf8.elementsEqual(bytes) { object.add("repaired", true) }
    return object.line
  }
}
