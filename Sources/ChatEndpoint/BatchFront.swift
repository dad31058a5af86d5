import ChatProtocol
import Sockets
import Terminal

/// The front of a batch endpoint: what the peer says goes to standard output as it comes, everything else to standard
/// error.
@MainActor
final class BatchFront: PipedFront {
  let pipe: OutputPipe
  private let verbosity: Int

  init(verbosity: Int) throws(Departure) {
    pipe = try OutputPipe()
    self.verbosity = verbosity
  }

  func tell(_ happening: Happening) {
    if happening.verbosity <= verbosity { StandardError.write("tincan: \(happening.sentence)\n") }
  }

  func show(_ messages: MessageBatch, from peer: String) { pipe.append(messages.bytes) }
}
