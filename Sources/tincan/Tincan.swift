import ArgumentParser

/// The program: its commands, and the general help.
@main
struct Tincan: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tincan",
    abstract: "Chat with exactly one other person, from terminal to terminal.",
    discussion: """
      One side runs 'tincan serve', the other 'tincan connect HOST', and they talk. In a script, give the lines \
      to send with --batch or on standard input. The exit status reports how the conversation ended.
      """,
    version: version,
    subcommands: [Serve.self, Connect.self, RelayCommand.self])
}
