import Basics

/// The meaning of a line typed at the prompt.
public enum TypedLine: Equatable, Sendable {
  /// Text for the peer.
  case text(String)
  /// Something tincan is to do.
  case command(Command)
  /// A slash and a word that is no command.
  case unknownCommand(String)
  /// A command that needs text after it and has none, or the other way round; how it is used.
  case misused(usage: String)
  /// A command with a space before it: probably meant, but it would go to the peer as text. The text, and the command.
  case guarded(text: String, Command)

  /// The commands of a conversation.
  public enum Command: Equatable, Sendable {
    case help, quit, clear, status, verify, edit
    /// The peer is to be sought at once, or again.
    case reconnect
    /// The last message is to be taken back.
    case unsend
    /// So many messages that were said before are to be shown.
    case history(count: Int)
    /// Messages with these words are to be shown.
    case search(String)
    /// Messages that the peer has lost are to be sent again, or not.
    case resend, skip
    /// The conversation is to be written to this file, or to none if it is `off`.
    case log(String)
    /// An action, told in the third person.
    case me(String)
  }

  /// The words that complete with Tab, and what each does, for `/help`.
  public static let help: [(usage: String, meaning: String)] = [
    ("/clear", "clear the screen"),
    ("/edit", "write in an editor"),
    ("/help", "show this"),
    ("/history [N]", "the last 20 or N messages of you two"),
    ("/log FILE", "write the conversation to a file; /log off ends that"),
    ("/me TEXT", "say what you do, in the third person"),
    ("/quit", "say goodbye and leave"),
    ("/reconnect", "look for the other side now, or again after another program took over"),
    ("/resend", "send again what the other side has lost"),
    ("/search WORDS", "the last messages with these words"),
    ("/skip", "go on without sending it again"),
    ("/status", "who is there, since when, and how much was said"),
    ("/unsend", "take the last message back, if it was not sent yet"),
    ("/verify", "both keys, and how you two have met"),
    ("//TEXT", "send a text that begins with a slash"),
  ]

  /// The commands' names, with their slash.
  static let commandNames = help.map(\.usage).filter { !$0.hasPrefix("//") }
    .map { String($0.prefix { $0 != " " }) }

  /// Reads a line.
  public init(_ line: String) {
    if line.hasPrefix("//") {
      self = .text(String(line.dropFirst()))
    } else if line.hasPrefix("/") {
      self = TypedLine.read(command: line)
    } else {
      let inner = line.drop { $0 == " " || $0 == "\t" }
      if inner.hasPrefix("/"), !inner.hasPrefix("//"),
        case .command(let command) = TypedLine.read(command: String(inner))
      {
        self = .guarded(text: line, command)
      } else {
        self = .text(line)
      }
    }
  }

  private static func read(command line: String) -> TypedLine {
    let parts = line.split(separator: " ", maxSplits: 1)
    let word = String(parts[0])
    let rest = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
    if word == "/history" { return readHistory(rest) }
    if word == "/search" { return rest.isEmpty ? .misused(usage: "/search WORDS") : .command(.search(String(rest))) }
    if word == "/me" { return rest.isEmpty ? .misused(usage: "/me TEXT") : .command(.me(String(rest))) }
    if word == "/log" {
      let path = rest.split(separator: " ", omittingEmptySubsequences: false).reversed().drop { $0.isEmpty }.reversed()
      return path.isEmpty
        ? .misused(usage: "/log FILE, or /log off") : .command(.log(path.joined(separator: " ")))
    }
    let command: Command? =
      switch word {
      case "/edit": .edit
      case "/help": .help
      case "/quit": .quit
      case "/clear": .clear
      case "/reconnect": .reconnect
      case "/resend": .resend
      case "/skip": .skip
      case "/status": .status
      case "/unsend": .unsend
      case "/verify": .verify
      default: nil
      }
    guard let command else { return .unknownCommand(word) }
    return rest.isEmpty ? .command(command) : .misused(usage: word)
  }

  /// How many messages are shown unasked, and at most.
  private static let historyCount = 20
  private static let historyCountMax = 1000

  private static func readHistory(_ rest: Substring) -> TypedLine {
    guard !rest.isEmpty else { return .command(.history(count: historyCount)) }
    guard let count = Int(digits: rest.utf8), (1...historyCountMax).contains(count) else {
      return .misused(usage: "/history N, with a number from 1 to \(historyCountMax)")
    }
    return .command(.history(count: count))
  }
}
