import ArgumentParser
import ChatEndpoint
import MessageStore
import Sockets
import Terminal

/// `tincan history`: what was said, and what waits.
struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show, search, export or delete what was said.",
    usage: """
      tincan history [<name>] [--tail <count> | --all] [--since <date>] [--search <words>] [--json] [--export <file>]
      tincan history [<name>] --waiting [--json]
      tincan history <name> --delete [--before <date>] [--yes]
      tincan history --check
      """,
    discussion: """
      Shows the newest 50 messages, or with --since or --export all that are wanted. A date is \(PastDate.forms). \
      On a terminal it is shown as the conversation was; elsewhere each line has its date.
      """)

  @Argument(help: "Only the conversation with this one of 'tincan peers'.")
  var name: String?

  @Option(help: ArgumentHelp("The newest so many messages.", valueName: "count"))
  var tail: WholeNumber?

  @Flag(help: "All messages.")
  var all = false

  @Option(help: ArgumentHelp("Messages of that time and later.", valueName: "date"), transform: History.date)
  var since: PastDate?

  @Option(
    help: ArgumentHelp("Messages with all these words, or parts of words, in any letter case.", valueName: "words"))
  var search: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Option(
    help: ArgumentHelp("Write it to this file, which only you can read; '-' is standard output.", valueName: "file"))
  var export: String?

  @Flag(help: "List the messages that the other side does not have yet.")
  var waiting = false

  @Flag(help: "Delete the messages. Those that wait for the other side stay.")
  var delete = false

  @Option(
    help: ArgumentHelp("With --delete: only messages that are older.", valueName: "date"), transform: History.date)
  var before: PastDate?

  @Flag(name: [.customShort("y"), .long], help: "With --delete: do not ask.")
  var yes = false

  @Flag(help: "Read everything that is kept, and verify that it is as it was written.")
  var check = false

  /// So many messages are in memory at once.
  private static let tailMax = 1_000_000
  private static let usualTail = 50

  private static func date(_ text: String) throws -> PastDate {
    guard let date = PastDate(text) else { throw ValidationError("a date is \(PastDate.forms).") }
    return date
  }

  func validate() throws {
    guard (1...History.tailMax).contains(tail?.value ?? 1) else {
      throw ValidationError("--tail: a whole number from 1 to \(History.tailMax) is needed; --all shows everything.")
    }
    let isSelective = tail != nil || all || since != nil || search != nil || export != nil
    if [waiting, delete, check, isSelective].count(where: { $0 }) > 1 {
      throw ValidationError("--waiting, --delete and --check each stand for themselves, without other choices.")
    }
    if tail != nil, all { throw ValidationError("--tail and --all contradict each other.") }
    if search?.allSatisfy(\.isWhitespace) == true { throw ValidationError("--search: no word.") }
    if export == "" { throw ValidationError("--export: no file name.") }
    if json, delete || check { throw ValidationError("--json: nothing is listed.") }
    if delete, name == nil { throw ValidationError("--delete: whose? Give a name of 'tincan peers'.") }
    if before != nil || yes, !delete { throw ValidationError("--before and --yes go with --delete.") }
    if check, name != nil { throw ValidationError("--check takes no name: all is in one file.") }
  }

  func run() {
    CommandOutput.run { () throws(ExitReason) in
      guard let path = try OpenedHistory.path() else { return try reportNoStore() }
      let history = try OpenedHistory(path, name: name, isChecked: check)
      if check {
        try history.check()
      } else if delete {
        try history.delete(before: before?.seconds, asks: !yes)
      } else if waiting {
        try history.listWaiting(as: form)
      } else {
        try list(history)
      }
    }
  }

  /// Says that there is no store. To export or check it is a failure, as another one was meant.
  private func reportNoStore() throws(ExitReason) {
    if let name { throw ExitReason(.unknownPeer(name: name, nearest: [])) }
    let problem = "the store \(try OpenedHistory.usualPath()) is not there"
    let advice = "is TINCAN_HOME the right directory?"
    if check { throw ExitReason(.noInput, "\(problem): nothing was checked", advice: advice) }
    if export != nil { throw ExitReason(.noInput, "\(problem): nothing was exported", advice: advice) }
    StandardError.write("tincan: \(EscapedText.of(problem)): nothing is kept yet\n")
    StandardError.finish()
  }

  private func list(_ history: borrowing OpenedHistory) throws(ExitReason) {
    let limit = tail?.value ?? (all || since != nil || export != nil ? nil : History.usualTail)
    let selection = HistorySelection(
      peer: history.peer?.fingerprint, newest: limit, since: since?.seconds, words: search)
    try history.list(selection, as: form, to: export == "-" ? nil : export)
  }

  private var form: HistoryRenderer.Form {
    if json { return .json }
    guard export == nil, StandardStreams.outputIsTerminal else { return .text }
    return .terminal(colors: ColorChoice.auto.isOn, columns: StandardStreams.outputColumns ?? 80)
  }
}
