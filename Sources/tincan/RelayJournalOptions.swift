import ArgumentParser
import RelayServer

/// The options for a relay's reports on standard error.
struct RelayJournalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("How standard error is written: 'text', or 'json', an object a line.", valueName: "format"))
  var logFormat: JournalStyle.Format = .text

  @Option(
    help: ArgumentHelp(
      "How much of the guests' addresses is written: 'full', 'prefix' (IPv4 /24, IPv6 /48) or 'none'.",
      valueName: "how"))
  var logAddresses: JournalStyle.Addresses = .none

  @Flag(name: [.customShort("q"), .long], help: "Report only what went wrong.")
  var quiet = false

  @Flag(
    name: [.customShort("v"), .long], help: "Report more: pairs when they are joined, refused guests and why.")
  var verbose: Int

  var style: JournalStyle { JournalStyle(format: logFormat, addresses: logAddresses) }

  /// -1: only what went wrong; 0: what happened; 1: more.
  var verbosity: Int { quiet ? -1 : verbose }

  func validate() throws {
    if quiet && verbose > 0 { throw ValidationError("--quiet and --verbose contradict each other.") }
  }
}

extension JournalStyle.Format: Choice {}
extension JournalStyle.Addresses: Choice {}
