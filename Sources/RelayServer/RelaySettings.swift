import ChatProtocol
import PeerSecurity
import RelayCore
import Sockets

/// The task of a relay: the command line, read and judged.
public struct RelaySettings: Sendable {
  /// The addresses at which it listens.
  public enum Listening: Equatable, Sendable {
    case at(ListeningAddress)
    /// Sockets that were open and listening when the program started.
    case inherited([CInt])
  }

  /// The place for guests that send which room they want.
  public var guests: Listening
  /// Written with the port once it listens.
  public var portFile: String?
  /// The place where any two plain connections are joined in the order they arrive.
  public var plain: Listening?
  /// The place for metrics and health.
  public var metrics: Listening?
  /// The mode of socket files.
  public var socketMode: UInt32
  /// The settings that may change while it runs.
  public var policy: RelayPolicy
  /// Threads that carry.
  public var threads: Int
  /// Memory that bytes may take in one thread that wait for slow readers, before reads get smaller.
  public var parkedMemoryHigh = RelayLimits.parkedMemoryHigh
  /// Reads ``policy`` anew, for SIGHUP.
  public var reload: @Sendable () -> RelayReload = { .nothing }
  /// The program's version, for the metrics.
  public var version: String
  /// Whether SIGTERM and SIGINT drain it. Not in a process that has other things to do.
  var handlesSignals: Bool

  /// A value that is not given has its default of ``RelayLimits``, or is not wanted.
  public init(
    guests: Listening, policy: RelayPolicy, portFile: String? = nil, plain: Listening? = nil,
    metrics: Listening? = nil, socketMode: UInt32 = 0o600, threads: Int = 1, version: String = "",
    handlesSignals: Bool = true
  ) {
    self.guests = guests
    self.policy = policy
    self.portFile = portFile
    self.plain = plain
    self.metrics = metrics
    self.socketMode = socketMode
    self.threads = threads
    self.version = version
    self.handlesSignals = handlesSignals
  }

  /// How long newcomers are still let in, as ``RelayPolicy/drainDelay`` says or by default.
  var announceTime: Duration { policy.drainDelay ?? (metrics == nil ? .zero : RelayLimits.drainDelay) }
}

/// The reason why a relay could not begin: one sentence that says what failed, on what, and what to do.
public struct RelayStartFailure: Error, Equatable, Sendable {
  /// The kind of failure, for the exit status.
  public enum Kind: Sendable {
    /// The port is taken, or the address is not ours.
    case unavailable
    case unknownHost
    /// A file or socket file cannot be made.
    case cannotCreate
    case internalFault
    /// A signal asked it to end.
    case askedToEnd
  }
  /// For the exit status.
  public let kind: Kind
  /// For the person.
  public let sentence: String
  /// Whether another program listens there.
  let isAddressTaken: Bool

  init(_ kind: Kind, _ sentence: String, isAddressTaken: Bool = false) {
    self.kind = kind
    self.sentence = sentence
    self.isAddressTaken = isAddressTaken
  }
}
