/// Something that happened to an endpoint, besides messages: the one list that both the sentences for people and the events
/// for programs are made from.
enum EndpointEvent {
  /// It waits for somebody.
  /// - port: nil for a socket file.
  case listening(addresses: [String], port: UInt16?)
  case connecting(to: String)
  /// It waits in a room at a relay.
  case waiting(at: Route)
  /// The link is up.
  /// - peer: what the peer is called here.
  case linkUp(peer: String, address: String)
  /// Nothing keeps others from reading and changing what is said.
  case notEncrypted
  /// Somebody else called during a conversation, and was refused.
  case refused(address: String)
  /// The peer sends no more.
  case peerEnded(peer: String)
  /// The conversation is over.
  case ended(Ended)
  /// There was no conversation. People read of it in the last sentence the program writes.
  case failed(reason: String, status: ExitStatus)
  /// How far a long batch is.
  case progress(lines: Int, of: Int?)
  /// Anything else worth a sentence.
  case note(String)

  /// The end of a conversation.
  struct Ended: Equatable {
    let peer: String
    /// A sentence without its period.
    let reason: String
    /// As the exit status would be.
    let status: Int32
    /// Numbers of messages.
    let sent: Int
    let received: Int
    let unsent: Int
  }

  /// How much must be asked for before it is shown: 0 as usual, 1 with `-v`.
  var verbosity: Int {
    switch self {
    case .listening, .connecting, .waiting, .linkUp, .notEncrypted, .ended, .progress, .note, .refused: 0
    case .peerEnded: 1
    case .failed: .max
    }
  }
}
