import Basics
import ChatProtocol
import Sockets

/// The connection of an endpoint with its user: a person at a terminal, or a program at a pipe.
///
/// The loop gives it events and the peer's messages. It shows them in its own form and at its own pace, and it reports
/// when it can take no more.
@MainActor
protocol UserInterface: AnyObject {
  /// Shows an event.
  func show(_ event: EndpointEvent)
  /// Shows messages of the peer.
  /// - Parameters:
  ///   - peer: the peer's name at this end.
  ///   - nameInGreeting: the name that the peer gave itself; nil if it gave none.
  func show(_ messages: ReceivedMessages, from peer: String, nameInGreeting: String?)
  /// Whether more messages of the peer can be shown now. While it is false, the link is not read.
  var canShowMessages: Bool { get }

  /// Registers its interest.
  func watch(in set: inout PollSet)
  /// Writes as many waiting bytes as is possible now.
  /// - Throws: if the user cannot be reached any more.
  func flush(_ set: borrowing PollSet) throws(Failure)
  /// Whether something that was shown has not reached the user. It is asked in each turn; the lines are not counted for
  /// it.
  var hasPendingOutput: Bool { get }
  /// The number of shown lines that have not reached the user.
  var pendingLines: Int { get }
}

/// The user of this endpoint, with the source of the input.
@MainActor
enum User {
  case person(TerminalInterface, keyboard: InputFile)
  case batch(PipeInterface, BatchInput)
  /// Nobody: the messages in the store are delivered. Those that come meanwhile go to standard output.
  case absent(PipeInterface)

  /// The interface, which both have.
  var interface: any UserInterface {
    switch self {
    case .person(let terminal, _): terminal
    case .batch(let interface, _): interface
    case .absent(let interface): interface
    }
  }

  var terminal: TerminalInterface? { if case .person(let terminal, _) = self { terminal } else { nil } }
  var input: BatchInput? { if case .batch(_, let input) = self { input } else { nil } }
}
