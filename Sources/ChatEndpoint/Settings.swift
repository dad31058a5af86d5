import ChatProtocol
import MessageStore
import PeerSecurity
import Sockets

/// The task of an endpoint: the command line, read and checked.
public struct Settings: Sendable {
  /// The way an endpoint comes to a link.
  public enum Role: Sendable {
    /// It waits for a peer.
    case serve(Serving)
    /// It dials.
    case connect(Route, Dialling)
    /// It dials, and waits in a room at a relay at the same time.
    case connectBothWays(Route, RelayRoom, Dialling)
    /// It dials a relay, and waits in the room of the pairing code.
    case connectByCode(relays: RelayList, Dialling)

    /// How long `connect` tries; nil for `serve`.
    var dialling: Dialling? {
      switch self {
      case .serve: nil
      case .connect(_, let dialling), .connectBothWays(_, _, let dialling), .connectByCode(_, let dialling): dialling
      }
    }

    /// Whether this end waits for others, and so makes the code that they need.
    public var waits: Bool { if case .serve = self { true } else { false } }
  }

  /// How long `connect` tries.
  public struct Dialling: Sendable {
    let timeout: Duration?
    let triesAgain: Bool
    let staysInRoom: Bool

    /// - Parameters:
    ///   - timeout: the time for reaching the peer, until it has let this end in; nil for no limit.
    ///   - triesAgain: whether it tries again when nobody listens there yet, or the link broke before it was made.
    ///   - staysInRoom: whether the time has no limit once a relay lets this end wait in a room.
    public init(timeout: Duration?, triesAgain: Bool, staysInRoom: Bool) {
      self.timeout = timeout
      self.triesAgain = triesAgain
      self.staysInRoom = staysInRoom
    }
  }

  /// The way `serve` waits.
  public struct Serving: Sendable {
    /// The way in for a peer.
    public enum Entrance: Sendable {
      /// This end listens.
      case address(ListeningAddress)
      /// This end dials a relay and waits in a room there.
      case room(RelayRoom)
      /// This end dials a relay and waits in the room of its pairing code.
      case codeRoom(relays: RelayList)
      /// This end listens, and waits in a room at the same time.
      /// - needsAddress: whether the user asked for the address, so that its failure ends everything.
      case both(ListeningAddress, RelayRoom, needsAddress: Bool)
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

  /// The protection of the links.
  public enum Security: Sendable {
    /// None: lines of text.
    case plain
    /// Encryption, with a judgement of the peer.
    case encrypted(Encryption)
  }

  /// The needs of encrypted links.
  public struct Encryption: Sendable {
    let identity: Identity
    /// Whether anybody is let in.
    let isOpen: Bool
    /// The store with the known peers; nil when nothing is to be remembered.
    let storePath: String?
    /// The pairing code of a file; nil when there is no such file.
    let code: PairingCode?
    /// The only peer that is let in; nil when each known one is.
    let expected: KnownPeer?

    /// - Parameters:
    ///   - identity: the key of this end.
    ///   - isOpen: whether anybody is let in.
    ///   - storePath: the path of the store with the known peers; nil when nothing is to be remembered.
    ///   - code: the pairing code of a file; nil for none.
    ///   - expected: the only peer that is let in; nil when each known one is.
    public init(identity: Identity, isOpen: Bool, storePath: String?, code: PairingCode?, expected: KnownPeer?) {
      self.identity = identity
      self.isOpen = isOpen
      self.storePath = storePath
      self.code = code
      self.expected = expected
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
    /// None: what is in the store is delivered, and then the endpoint leaves.
    /// - timeout: how long it tries; nil for as long as it takes.
    /// - awaited: messages of a program, which is to know when the peer has them.
    case stored(timeout: Duration?, awaited: [AcceptedMessage])

    /// Whether lines are read from somewhere.
    var isBatch: Bool {
      switch self {
      case .keyboard, .stored: false
      case .file, .standardInput: true
      }
    }
  }

  let role: Role
  /// Proved to a relay that asks for one; nil without one.
  let relayPass: RelayPass?
  let security: Security
  let input: Input
  /// Whether each line of the input is a JSON object.
  let inputIsJSON: Bool
  /// In batch: whether to receive after the last line until the peer leaves.
  let stays: Bool
  /// In batch and in plain text: how long a peer may be silent after this end's end, before this end leaves.
  let plainPeerEndWait: Duration
  /// How long the peer is sought after a link was lost; nil for as long as it takes. A conversation in plain text ends
  /// with its link.
  let giveUpAfter: Duration?
  /// Whether texts stay in the store that both ends have.
  let keepsHistory: Bool
  /// The usual time in batch: long enough for a relay that starts anew, and a script is not held up for ever.
  public static let batchGiveUpAfter = Duration.seconds(60)
  /// Whether standard output gets one JSON object a line.
  let json: Bool
  /// The name of this end's user.
  let name: String
  /// Whether the terminal gets colours.
  let colors: Bool
  /// The form of the times in the conversation on a terminal.
  let timestamps: TimestampFormat
  /// When the terminal's bell is rung.
  let bell: BellChoice
  /// A command of the shell that is run when something happens; nil for none.
  let notifyCommand: String?
  /// The amount of notes: -1 for few, 0 for the usual ones, 1 and above for more.
  let verbosity: Int
  /// The file of the input history; nil without one.
  let historyPath: String?
  /// Notes to show at the start.
  let notices: [String]
  /// The names of known peers that are like the host that is dialled. One of them is meant if there is no such host.
  let namesLikeHost: [PeerName]

  /// - Parameters:
  ///   - role: the way this endpoint comes to a link.
  ///   - relayPass: the pass for a relay that asks for one; nil for none.
  ///   - security: the protection of the links.
  ///   - input: the source of messages.
  ///   - inputIsJSON: whether each line of the input is a JSON object.
  ///   - stays: whether a batch end receives after its last line until the peer leaves.
  ///   - plainPeerEndWait: how long a batch end in plain text that has ended waits for a silent peer.
  ///   - giveUpAfter: how long the peer is sought after a link was lost; nil for as long as it takes.
  ///   - keepsHistory: whether texts stay in the store that both ends have.
  ///   - json: whether standard output gets one JSON object a line.
  ///   - name: the name of this end's user.
  ///   - colors: whether the terminal gets colours.
  ///   - timestamps: the form of the times in the conversation on a terminal.
  ///   - bell: when the terminal's bell is rung.
  ///   - notifyCommand: a command of the shell that is run when something happens; nil for none.
  ///   - verbosity: -1 for few notes, 0 for the usual ones, 1 and above for more.
  ///   - historyPath: the file of the input history; nil for none.
  ///   - notices: notes to show at the start.
  ///   - namesLikeHost: the names of known peers that are like the host that is dialled.
  public init(
    role: Role, relayPass: RelayPass?, security: Security, input: Input, inputIsJSON: Bool, stays: Bool,
    plainPeerEndWait: Duration, giveUpAfter: Duration?, keepsHistory: Bool, json: Bool, name: String, colors: Bool,
    timestamps: TimestampFormat, bell: BellChoice,
    notifyCommand: String?,
    verbosity: Int, historyPath: String?, notices: [String], namesLikeHost: [PeerName]
  ) {
    self.role = role
    self.relayPass = relayPass
    self.security = security
    self.input = input
    self.inputIsJSON = inputIsJSON
    self.stays = stays
    self.plainPeerEndWait = plainPeerEndWait
    self.giveUpAfter = giveUpAfter
    self.keepsHistory = keepsHistory
    self.json = json
    self.name = name
    self.colors = colors
    self.timestamps = timestamps
    self.bell = bell
    self.notifyCommand = notifyCommand
    self.verbosity = verbosity
    self.historyPath = historyPath
    self.notices = notices
    self.namesLikeHost = namesLikeHost
  }

  /// The pairing code of a file.
  var codeOfFile: PairingCode? { if case .encrypted(let encryption) = security { encryption.code } else { nil } }

  /// The options that the peer's command line needs beside the target, with a space behind it; empty for nothing.
  var peerOptions: String {
    switch security {
    case .plain: "--plain "
    case .encrypted(let encryption): encryption.isOpen ? "--open " : ""
    }
  }

  /// Whether this end waits in the room of its pairing code, at a relay.
  var waitsInRoomOfCode: Bool {
    if case .serve(let serving) = role, case .codeRoom = serving.waitsAt { true } else { false }
  }

  var party: Party { input.isBatch ? .batch(stays: stays) : .person }
}
