import ArgumentParser
import ChatEndpoint
import ChatProtocol
import Glibc
import MessageStore
import PeerSecurity
import Sockets
import Terminal

/// The choice of colours on the terminal.
enum ColorChoice: String, Choice {
  case auto, always, never

  /// Whether colours are used. Automatic colours need a terminal that is not dumb, and NO_COLOR empty or unset
  /// (no-color.org).
  var isOn: Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto:
      StandardStreams.outputIsTerminal && Environment.value("NO_COLOR") == nil
        && Environment.value("TERM").map { $0 != "dumb" } ?? false
    }
  }
}

extension BellChoice: Choice {}

/// The options that `serve` and `connect` share.
struct EndpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Each line of this file is a message; '-' is standard input. Implied when standard input or output is not a \
      terminal.
      """, valueName: "file"))
  var batch: String?

  @Flag(
    help: ArgumentHelp(
      """
      Each line of the batch input is a JSON object, {"text":"…","id":"…"}: a message of any number of lines, and your \
      own id of it for the events of --json, if you give one.
      """))
  var jsonInput = false

  @Flag(help: "In batch: after the last line, keep receiving until the other side leaves.")
  var stay = false

  @Option(
    help: ArgumentHelp(
      """
      In batch with --plain: how long to wait for a silent other side after our own end. Default: \
      \(Limits.plainPeerEndWait.components.seconds).
      """, valueName: "seconds"))
  var linger: WholeNumber?

  @Option(
    help: ArgumentHelp(
      "After the link was lost: how long to look for the other side. Default: for ever, in batch 60.",
      valueName: "seconds"))
  var giveUpAfter: WholeNumber?

  @Flag(
    help: "Do not keep what was said. A message stays in the store until the other side has it, or you have seen it.")
  var noHistory = false

  @Flag(help: "If another program of yours has the conversation, end that program and go on with it here.")
  var takeOver = false

  @Flag(help: "Print one JSON object a line for every event and message.")
  var json = false

  @OptionGroup var security: SecurityOptions

  @OptionGroup var relay: PassOption

  @Option(
    help: ArgumentHelp(
      "Your name, as both windows show it. Default: your login name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Use colours: auto, always or never.", valueName: "when"))
  var color = ColorChoice.auto

  @Option(
    help: ArgumentHelp(
      "The form of the times in the conversation, as strftime takes it, or 'none'. Default: %H:%M.",
      valueName: "format"),
    transform: { text throws in
      do throws(TimestampFormat.Malformed) { return try TimestampFormat(parsing: text) } catch {
        throw ValidationError(error.description + ".")
      }
    })
  var timestamps: TimestampFormat?

  @Option(
    help: ArgumentHelp(
      "Ring the terminal's bell for messages: always, unfocused or never. Default: unfocused.", valueName: "when"))
  var bell: BellChoice?

  @Option(
    help: ArgumentHelp(
      """
      Run this command of the shell when a message or the other side comes. TINCAN_EVENT, TINCAN_PEER, TINCAN_COUNT \
      and TINCAN_FOCUS in its environment say what, who, how often, and whether the terminal has the focus.
      """, valueName: "command"))
  var notify: String?

  @Flag(name: [.customShort("q"), .long], help: "Report only failures.")
  var quiet = false

  @Flag(name: [.customShort("v"), .long], help: "Report more.")
  var verbose: Int

  /// The reason why a text cannot be a name; nil when it can.
  static func nameProblem(_ name: String) -> String? {
    guard (1...64).contains(name.utf8.count) else { return "1 to 64 bytes are needed" }
    let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    guard isPlain else { return "no control characters" }
    guard EscapedText.of(name) == name else { return "no characters that nobody can see" }
    return name.allSatisfy(\.isWhitespace) ? "more than blanks is needed" : nil
  }

  func validate() throws {
    if quiet && verbose > 0 { throw ValidationError("--quiet and --verbose contradict each other.") }
    if let problem = name.flatMap(EndpointOptions.nameProblem) { throw ValidationError("--name: \(problem).") }
    guard linger.map({ (0...86_400).contains($0.value) }) ?? true else {
      throw ValidationError("--linger: a whole number of seconds from 0 to 86400 is needed.")
    }
    if linger != nil, !security.plain { throw ValidationError("--linger goes with --plain.") }
    guard (0...86_400).contains(giveUpAfter?.value ?? 0) else {
      throw ValidationError("--give-up-after: a whole number of seconds from 0 to 86400 is needed.")
    }
    if giveUpAfter != nil, security.plain {
      throw ValidationError("--plain: a conversation ends with its link, so --give-up-after has no place.")
    }
    if notify == "" { throw ValidationError("--notify: no command.") }
    if batch == "" { throw ValidationError("--batch: no file name.") }
  }

  /// Runs an endpoint to its end, and then ends the process.
  /// - Parameters:
  ///   - expected: the only peer that is let in; nil when each known one is.
  ///   - resembling: the names of known peers that are like the host that is dialled.
  func run(
    _ role: Settings.Role, expecting expected: KnownPeer? = nil, resembling names: [PeerName] = []
  ) -> Never {
    let closed = StandardStreams.occupy()
    if closed.output {
      ExitReason(.inputOutput, "standard output is closed: what the other side says would be lost").leave()
    }
    if takeOver { takeConversationOver(expected) }
    let input = self.input
    var notices: [String] = []
    if closed.input, input == .standardInput { notices.append("standard input is closed: there is nothing to say") }
    var historyPath: String?
    // The lines that were typed are what was said, and with --ephemeral nothing of it is written to the disk.
    if input == .keyboard, !security.ephemeral {
      do throws(OwnFileFailure) { historyPath = try PrivateFiles.history() } catch {
        notices.append("the input history is not kept: \(ExitReason(error).sentence ?? "")")
      }
    }
    let protection: Settings.Security
    let pass: RelayPass?
    do throws(ExitReason) {
      pass = try relay.pass()
      protection = try security.security(expecting: expected, makesCode: role.waits)
    } catch {
      error.leave()
    }
    let settings = Settings(
      role: role, relayPass: pass, security: protection, input: input, inputIsJSON: jsonInput, stays: stay,
      plainPeerEndWait: linger.map { .seconds($0.value) } ?? Limits.plainPeerEndWait,
      giveUpAfter: giveUpAfter.map { .seconds($0.value) } ?? (input == .keyboard ? nil : Settings.batchGiveUpAfter),
      keepsHistory: !noHistory, json: json, name: name ?? Environment.loginName, colors: color.isOn,
      timestamps: timestamps ?? .hoursAndMinutes, bell: bell ?? .unfocused, notifyCommand: notify,
      verbosity: quiet ? -1 : verbose, historyPath: historyPath, notices: notices, namesLikeHost: names)
    // Commands run from main and nothing here is asynchronous, so this is the main thread.
    MainActor.assumeIsolated { Endpoint.run(settings) }.leave()
  }

  /// Has another program of this user leave the conversation with a known peer, if one has it.
  private func takeConversationOver(_ expected: KnownPeer?) {
    guard let peer = expected else {
      ExitReason(.usage, "--take-over: that is no name of 'tincan peers'").leave()
    }
    do throws(OwnFileFailure) {
      guard let path = try PrivateFiles.storeIfThere(), let owner = ConversationOwner(storePath: path, peer: peer),
        !owner.takeOver(as: getpid())
      else { return }
    } catch {
      ExitReason(error).leave()
    }
    ExitReason(.unavailable, "the program that has the conversation with \(peer.name) does not end").leave()
  }

  /// The source of messages for the peer.
  var input: Settings.Input {
    switch batch {
    case "-": .standardInput
    case let path?: .file(path: path)
    case nil:
      StandardStreams.inputIsTerminal && StandardStreams.outputIsTerminal && !json && !jsonInput
        ? .keyboard : .standardInput
    }
  }
}
