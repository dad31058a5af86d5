import Basics
import ChatProtocol
import Sockets

/// The side of an endpoint that faces its user: a person at a terminal, or a program at a pipe.
///
/// The loop gives it what happened and what the peer said; it shows that in its own way, at its own pace, and says when it
/// can take no more.
@MainActor
protocol Front: AnyObject {
  /// Something happened.
  func tell(_ happening: Happening)
  /// The peer said something. - peer: what it is called here.
  func show(_ messages: MessageBatch, from peer: String)
  /// Whether more messages may be shown now: false stops the link from being read.
  var takesMessages: Bool { get }
  /// How things stand, for a prompt.
  func setStanding(_ standing: Standing)

  /// Registers what it waits for.
  func watch(in set: inout PollSet)
  /// Writes what waits, as far as that is possible now.
  /// - Throws: when the user cannot be reached any more.
  func pump(_ set: borrowing PollSet) throws(Departure)
  /// Lines shown that have not reached the user.
  var pendingLines: Int { get }
  /// When ``deadlinePassed()`` is due.
  var deadline: Instant? { get }
  func deadlinePassed()
}

/// How things stand between the two, in as few words as a prompt has room for.
enum Standing: Equatable {
  case alone
  case connecting
  /// - unsent: lines that are not on their way yet.
  case together(peer: String, unsent: Int)
  case leaving
}
