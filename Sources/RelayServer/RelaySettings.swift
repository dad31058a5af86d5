import ChatProtocol
import RelayCore
import Sockets

/// What a relay is asked to do: the command line, read and judged.
public struct RelaySettings: Sendable {
  /// Where it listens.
  public enum Place: Equatable, Sendable {
    case at(ListeningAddress)
    /// Sockets that were open and listening when the program started.
    case inherited([CInt])
  }

  public var place: Place
  /// Written with the port once it listens.
  public var portFile: String?
  /// Where any two plain connections are joined in the order they arrive.
  public var plainPlace: Place?
  /// Where metrics and health are asked for.
  public var metricsPlace: Place?
  public var bounds: Admission.Bounds
  public var times: GuestTable.Times
  /// Threads that carry.
  public var threads: Int
  /// How long pairs may go on once it was told to end.
  public var drainTime: Duration
  /// -1: only what went wrong; 0: a line for each pair; 1: refusals too, and addresses.
  public var verbosity: Int
  /// Whether SIGTERM and SIGINT drain it. Not in a process that has other things to do.
  public var handlesSignals: Bool

  public init(
    place: Place, portFile: String? = nil, plainPlace: Place? = nil, metricsPlace: Place? = nil,
    bounds: Admission.Bounds, times: GuestTable.Times = GuestTable.Times(), threads: Int = 1,
    drainTime: Duration = RelayLimits.drainTime, verbosity: Int = 0, handlesSignals: Bool = true
  ) {
    self.place = place
    self.portFile = portFile
    self.plainPlace = plainPlace
    self.metricsPlace = metricsPlace
    self.bounds = bounds
    self.times = times
    self.threads = threads
    self.drainTime = drainTime
    self.verbosity = verbosity
    self.handlesSignals = handlesSignals
  }
}

/// Why a relay could not begin: one sentence that says what failed, on what, and what to do.
public struct RelayFault: Error, Equatable, Sendable {
  public enum Kind: Sendable {
    /// The port is taken, or the address is not ours.
    case unavailable
    case unknownHost
    /// A file or socket file cannot be made.
    case cannotCreate
    case internalFault
  }
  public let kind: Kind
  public let sentence: String

  init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }
}
