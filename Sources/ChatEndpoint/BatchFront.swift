import ChatProtocol
import Sockets
import Terminal

/// The front of a batch endpoint: what the peer says goes to standard output as it comes, everything else to standard
/// error.
@MainActor
final class BatchFront: Front {
  private let pipe: OutputPipe
  private let verbosity: Int

  init(verbosity: Int) throws(Departure) {
    pipe = try OutputPipe()
    self.verbosity = verbosity
  }

  func tell(_ happening: Happening) {
    if happening.verbosity <= verbosity { StandardStreams.writeError("tincan: \(happening.sentence)\n") }
  }

  func show(_ messages: MessageBatch, from peer: String) { pipe.append(messages.bytes) }
  var takesMessages: Bool { pipe.takesMore }
  func setStanding(_ standing: Standing) {}
  func watch(in set: inout PollSet) { pipe.watch(in: &set) }
  func pump(_ set: borrowing PollSet) throws(Departure) { try pipe.pump(set) }
  var pendingLines: Int { pipe.lineCount }
  var deadline: Instant? { nil }
  func deadlinePassed() {}
}
