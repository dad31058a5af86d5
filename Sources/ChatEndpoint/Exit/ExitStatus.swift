/// The number that the program ends with: one for each family of reasons. The numbers are those of sysexits(3).
public enum ExitStatus: CInt, Sendable, CaseIterable {
  /// Nothing failed: the conversation ended by goodbye, or there was none to fail.
  case success = 0
  /// The command line cannot be used.
  case usage = 64
  /// The batch input is not usable.
  case badInput = 65
  /// The batch file, or a file of the program's own, cannot be read.
  case noInput = 66
  /// The host name is unknown.
  case unknownHost = 68
  /// No peer is reachable, the peer is busy, or our own port is taken.
  case unavailable = 69
  /// A fault of the program itself.
  case internalFault = 70
  /// A file of the program cannot be made.
  case cannotCreate = 73
  /// Input or output failed.
  case inputOutput = 74
  /// The link is gone, and messages are undelivered or may be. ``ConversationOutcome`` alone decides that.
  case undelivered = 75
  /// The other end speaks another protocol.
  case foreignProtocol = 76
  /// The peer was not let in, or did not let this end in.
  case notAdmitted = 77
}
