import Basics
import ChatProtocol
import Sockets

/// The side of an endpoint that faces its user: a person at a terminal, or a program at a pipe.
///
/// The loop gives it events and the peer's messages; it shows them in its own way, at its own pace, and reports when it can
/// take no more.
@MainActor
protocol UserInterface: AnyObject {
  /// Shows that something happened.
  func show(_ event: EndpointEvent)
  /// Shows messages of the peer. - peer: what it is called here.
  func show(_ messages: MessageBatch, from peer: String)
  /// Whether more messages may be shown now: false stops the link from being read.
  var acceptsMessages: Bool { get }

  /// Registers what it waits for.
  func watch(in set: inout PollSet)
  /// Writes what waits, as far as that is possible now.
  /// - Throws: when the user cannot be reached any more.
  func flush(_ set: borrowing PollSet) throws(Failure)
  /// Lines shown that have not reached the user.
  var pendingLines: Int { get }
}

/// Who uses this endpoint, and how.
@MainActor
enum User {
  case person(TerminalInterface, keyboard: InputFile)
  case program(any UserInterface, BatchInput)

  /// What both have in common.
  var interface: any UserInterface {
    switch self {
    case .person(let terminal, _): terminal
    case .program(let interface, _): interface
    }
  }

  var terminal: TerminalInterface? { if case .person(let terminal, _) = self { terminal } else { nil } }
  var input: BatchInput? { if case .program(_, let input) = self { input } else { nil } }
}
