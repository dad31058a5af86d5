import MessageStore

// The end of a program, as another one that started it is told of it.
extension ExitReason {
  /// The event for programs that says how this one ended, with its line feed.
  public var failedEvent: String {
    EndpointEvent.failed(reason: sentence ?? "", status: number).json(at: WallClock.system.now)
  }

  /// The same, and where the messages are that standard output did not take, after they were stored.
  public func pointing(toHistoryOf peer: KnownPeer) -> ExitReason {
    guard unwrittenLines > 0 else { return self }
    var pointing = self
    pointing.advice = "'tincan history \(peer.name)' has \(unwrittenLines == 1 ? "it" : "them")"
    return pointing
  }
}
