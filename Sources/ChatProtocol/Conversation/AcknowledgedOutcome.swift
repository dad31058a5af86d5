/// The outcome of a conversation with a peer that acknowledges. It says what is known, and leaves nothing to a guess.
public enum AcknowledgedOutcome: Equatable, Sendable {
  /// The peer has everything, and the conversation ended as it should.
  case success
  /// Messages, or a part of the input, remain here.
  case undelivered
  /// The peer has everything that was sent, and was lost before its goodbye.
  case peerLost
  /// An end broke the protocol.
  case breach

  /// Decides the outcome.
  /// - Parameters:
  ///   - ending: how the last session ended.
  ///   - unsentCount: the number of messages that the peer has not acknowledged.
  ///   - inputRemains: whether the input may still have had messages for the peer.
  ///   - peerIsPerson: whether the peer is a person, whose goodbye nobody waits for.
  public init(_ ending: SessionEnding, unsentCount: Int, inputRemains: Bool, peerIsPerson: Bool) {
    switch ending {
    case .violated, .complained: self = .breach
    case _ where unsentCount > 0 || inputRemains: self = .undelivered
    case .broken, .silent, .refused, .refusedByPeer: self = .peerLost
    case .noPeerEnd, .notTaken: self = peerIsPerson ? .success : .peerLost
    case .goodbye, .abandoned, .peerBusy, .foreign: self = .success
    }
  }
}
