import Basics
import ChatProtocol
import Sockets

/// A front whose user is a program: it shows through a pipe, at the pipe's pace, and has no prompt.
@MainActor
protocol PipedFront: Front {
  var pipe: OutputPipe { get }
}

extension PipedFront {
  var takesMessages: Bool { pipe.takesMore }
  func setStanding(_ standing: Standing) {}
  func watch(in set: inout PollSet) { pipe.watch(in: &set) }
  func pump(_ set: borrowing PollSet) throws(Departure) { try pipe.pump(set) }
  var pendingLines: Int { pipe.lineCount }
  var deadline: Instant? { nil }
  func deadlinePassed() {}
}
