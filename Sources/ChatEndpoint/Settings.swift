import ChatProtocol
import Sockets

/// The task of an endpoint: the command line, read and checked.
public struct Settings: Sendable {
  /// The way an endpoint comes to a link.
  public enum Role: Sendable {
    /// It waits for a peer.
    case serve(Serving)
    /// It dials.
    /// - timeout: the time it tries at most; nil for no limit.
    /// - waits: whether it tries again when nobody listens there yet.
    case connect(Route, timeout: Duration?, waits: Bool)
  }

  /// The way `serve` waits.
  public struct Serving: Sendable {
    /// The way in for a peer.
    public enum Entrance: Sendable {
      /// This end listens.
      case address(ListeningAddress)
      /// This end dials a relay and waits in a room there.
      case room(RelayRoom)
    }
    let waitsAt: Entrance
    /// The file that gets the port once this end listens; nil without one.
    let portFile: String?
    /// Whether to wait for the next peer after a conversation.
    let servesAgain: Bool

    /// - Parameters:
    ///   - waitsAt: the way in for a peer.
    ///   - portFile: the path of the file that gets the port once this end listens; nil for none.
    ///   - servesAgain: whether to wait for the next peer after a conversation.
    public init(waitsAt: Entrance, portFile: String?, servesAgain: Bool) {
      self.waitsAt = waitsAt
      self.portFile = portFile
      self.servesAgain = servesAgain
    }
  }

  /// The source of messages for the peer.
  public enum Input: Equatable, Sendable {
    /// A person at a terminal.
    case keyboard
    /// A file.
    case file(path: String)
    /// Standard input, in batch.
    case standardInput
  }

  let role: Role
  let input: Input
  /// In batch: whether to receive after the last line until the peer leaves.
  let stays: Bool
  /// In batch: how long a peer may be silent after this end's end, before this end leaves.
  let peerSilenceMax: Duration
  /// Whether standard output gets one JSON object a line.
  let json: Bool
  /// The name of this end's user.
  let name: String
  /// Whether the terminal gets colours.
  let colors: Bool
  /// The form of the times in the conversation on a terminal.
  let timestamps: TimestampFormat
  /// The amount of notes: -1 for few, 0 for the usual ones, 1 and above for more.
  let verbosity: Int
  /// The file of the input history; nil without one.
  let historyPath: String?
  /// Notes to show at the start.
  let notices: [String]

  /// - Parameters:
  ///   - role: the way this endpoint comes to a link.
  ///   - input: the source of messages.
  ///   - stays: whether a batch end receives after its last line until the peer leaves.
  ///   - peerSilenceMax: how long a batch end that has ended waits for a silent peer.
  ///   - json: whether standard output gets one JSON object a line.
  ///   - name: the name of this end's user.
  ///   - colors: whether the terminal gets colours.
  ///   - timestamps: the form of the times in the conversation on a terminal.
  ///   - verbosity: -1 for few notes, 0 for the usual ones, 1 and above for more.
  ///   - historyPath: the file of the input history; nil for none.
  ///   - notices: notes to show at the start.
  public init(
    role: Role, input: Input, stays: Bool, peerSilenceMax: Duration, json: Bool, name: String, colors: Bool,
    timestamps: TimestampFormat, verbosity: Int, historyPath: String?, notices: [String]
  ) {
    self.role = role
    self.input = input
    self.stays = stays
    self.peerSilenceMax = peerSilenceMax
    self.json = json
    self.name = name
    self.colors = colors
    self.timestamps = timestamps
    self.verbosity = verbosity
    self.historyPath = historyPath
    self.notices = notices
  }

  var party: Party { input == .keyboard ? .person : .batch(stays: stays) }
}
