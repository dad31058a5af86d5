import ChatProtocol
import MessageStore
import Sockets

/// Something that happened to an endpoint, besides messages. The sentences for people and the JSON objects for programs
/// are made from this one list.
enum EndpointEvent {
  /// The endpoint listens.
  /// - port: nil for a socket file.
  /// - options: what the peer's command line needs beside the target, with a space behind it; empty for nothing.
  case listening(addresses: [String], port: UInt16?, options: String = "")
  /// The endpoint begins to dial.
  /// - known: the known peer that it dials, with its place, for people; nil when nobody is asked for by name.
  case connecting(to: String, known: String? = nil)
  /// The endpoint waits in a room at a relay.
  /// - options: as in ``listening(addresses:port:options:)``.
  case waiting(at: Route, options: String = "")
  /// The endpoint waits at a relay in the room of a known peer, whose name only the two can derive.
  /// - name: the peer's name here.
  case waitingForKnown(name: String, at: Route, relays: RelayList)
  /// The endpoint waits at a relay in the room of its pairing code.
  case waitingForCode(String, relays: RelayList)
  /// The link is up.
  /// - peer: the peer's name at this end.
  case linkUp(peer: String, address: String, LinkSecurity)
  /// The link was lost, and the conversation goes on once there is another.
  /// - reason: a part of a sentence.
  case interrupted(peer: String, reason: String)
  /// There is another link of the same conversation.
  case resumed(peer: String, address: String)
  /// How the link is protected.
  case secured(LinkSecurity)
  /// The code that the other side needs at a first meeting.
  case code(String)
  /// Somebody guessed the code wrong.
  case wrongCode(address: String, guessesLeft: Int)
  /// Somebody who called was not let in.
  case notAdmitted(caller: String, others: Int)
  /// Somebody else called during a conversation, and was refused.
  case refused(address: String, others: Int)
  /// The peer sends no more.
  case peerEnded(peer: String)
  /// The conversation is over.
  case ended(Ended)
  /// The program ends outside a conversation. The last sentence of the program reports it to people.
  /// - status: the number that the shell sees.
  case failed(reason: String, status: CInt)
  /// The endpoint is in a long batch.
  /// - lines: the number of lines that were sent to this peer and retired.
  /// - of: the number of all lines for this peer; nil if it is unknown.
  case progress(lines: Int, of: Int?)
  /// A message of a program was accepted for sending. For programs only.
  /// - name: nil if it is sent as lines of text, which have no names.
  /// - isRepeated: whether it was accepted before, under the same id.
  case accepted(id: CallerID?, name: MessageName?, isRepeated: Bool)
  /// The peer has a message of a program. For programs only.
  case acknowledged(id: CallerID?, name: MessageName)
  /// Something else happened that is worth a sentence.
  case note(String)

  /// The end of a conversation.
  struct Ended: Equatable {
    /// The peer's name at this end.
    let peer: String
    /// A sentence without its period.
    let reason: String
    /// The status that the program would exit with.
    let status: Int32
    /// The number of messages sent.
    let sent: Int
    /// The number of messages received.
    let received: Int
    /// The number of messages that were not acknowledged, or in plain text not sent.
    let unsent: Int
  }

  /// The progress of a conversation in batch. An earlier peer may have got the first lines of the input; they do not
  /// count.
  /// - Parameter linesLeft: the number of lines that were not accepted yet; nil if it is unknown.
  static func progress(of conversation: borrowing Conversation, linesLeft: Int?) -> EndpointEvent {
    let accepted = conversation.acceptedCount
    return .progress(lines: accepted - conversation.unsentCount, of: linesLeft.map { accepted + $0 })
  }

  /// The least verbosity at which the sentence is shown: 0 for the usual ones, 1 for `-v`.
  var verbosity: Int {
    switch self {
    case .listening, .connecting, .waiting, .waitingForKnown, .waitingForCode, .linkUp, .interrupted, .resumed,
      .secured, .code,
      .wrongCode,
      .notAdmitted, .ended, .progress, .note, .refused:
      0
    case .peerEnded: 1
    case .failed, .accepted, .acknowledged: .max
    }
  }
}
