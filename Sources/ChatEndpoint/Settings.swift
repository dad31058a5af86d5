import ChatProtocol
import Sockets

/// What an endpoint is asked to do: the command line, read and judged.
public struct Settings: Sendable {
  /// How it comes to a link.
  public enum Role: Sendable {
    /// Waits for somebody.
    case serve(Serving)
    /// Dials.
    /// - timeout: how long to try.
    case connect(Route, timeout: Duration)
  }

  /// Where `serve` waits.
  public struct Serving: Sendable {
    public enum Place: Sendable {
      case address(ListeningAddress)
      /// A room at a relay: it is dialled, and waits for the other one in our stead.
      case room(RelayRoom)
    }
    public var waitsAt: Place
    /// Written with the port once it listens.
    public var portFile: String?
    /// Whether to wait for the next one after a conversation.
    public var keeps: Bool

    public init(waitsAt: Place, portFile: String?, keeps: Bool) {
      self.waitsAt = waitsAt
      self.portFile = portFile
      self.keeps = keeps
    }
  }

  /// Where messages for the peer come from.
  public enum Input: Equatable, Sendable {
    /// A person at a terminal.
    case keyboard
    case file(path: String)
    case standardInput
  }

  public var role: Role
  public var input: Input
  /// In batch: after the last line, receive until the peer leaves.
  public var stays: Bool
  /// One JSON object a line on standard output.
  public var json: Bool
  /// Who we are.
  public var name: String
  /// Colours on the terminal.
  public var colors: Bool
  /// -1 quiet, 0 as usual, 1 and more: show more.
  public var verbosity: Int
  /// The file of the input history; nil without one.
  public var historyPath: String?
  /// Notes to show at the start.
  public var notices: [String]

  public init(
    role: Role, input: Input, stays: Bool, json: Bool, name: String, colors: Bool, verbosity: Int,
    historyPath: String?, notices: [String]
  ) {
    self.role = role
    self.input = input
    self.stays = stays
    self.json = json
    self.name = name
    self.colors = colors
    self.verbosity = verbosity
    self.historyPath = historyPath
    self.notices = notices
  }

  var party: Party { input == .keyboard ? .person : .batch(stays: stays) }
}
