import ArgumentParser
import ChatEndpoint
import Glibc
import Sockets
import Terminal

/// The program: its commands, and the general help.
@main
struct Tincan: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tincan",
    abstract: "Chat with exactly one other person, from terminal to terminal.",
    discussion: """
      One side runs 'tincan serve', the other 'tincan connect HOST', and they talk, encrypted from end to end. The \
      first time, one reads a code to the other; then they know each other. In a script, give the lines to send with \
      --batch or on standard input. The exit status reports how the conversation ended.
      """,
    version: version,
    subcommands: [Serve.self, Connect.self, Send.self, History.self, Peers.self, RelayCommand.self])

  static func main() {
    // A write beyond the limit on the size of files is an error of that write, and does not end the program.
    signal(SIGXFSZ, SIG_IGN)
    Environment.checkArguments()
    do {
      var command = try parsed(Array(CommandLine.arguments.dropFirst()))
      try command.run()
    } catch {
      let code = exitCode(for: error)
      guard code == .success else { end(complaining: fullMessage(for: error), code) }
      end(printing: fullMessage(for: error))
    }
  }

  /// Reports a wrong use, and ends the process. The text has words of the command line in it, which may hold anything.
  private static func end(complaining text: String, _ code: ExitCode) -> Never {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { EscapedText.of(String($0)) }
    if !text.isEmpty { StandardError.write(lines.joined(separator: "\n") + "\n") }
    StandardError.finish()
    Glibc.exit(code.rawValue)
  }

  /// The command that `arguments` ask for.
  ///
  /// A command that is named first is parsed without the program's other commands. That takes half the time: the
  /// parser looks at each option of each command it knows several times, by reflection. All that such a parse does not
  /// make a command of, such as help and errors, is parsed again as a whole. The commands that people start most have
  /// the program as their "super-command", so that the parser does not ask each for a completion script first.
  private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    if let name = arguments.first,
      let named = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
      let command = try? named.parse(Array(arguments.dropFirst()))
    {
      return command
    }
    return try parseAsRoot(arguments)
  }

  /// Prints what was asked for, such as the help, and ends the process. ArgumentParser itself would not notice that
  /// standard output takes nothing.
  private static func end(printing text: String) -> Never {
    do throws(SystemError) {
      if !text.isEmpty { try StandardOutput.writeWhole(text + "\n") }
    } catch {
      ExitReason(.inputOutput, "writing to standard output failed: \(error)").leave()
    }
    Glibc.exit(0)
  }
}
