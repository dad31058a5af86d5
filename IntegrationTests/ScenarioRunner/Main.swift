import ArgumentParser
import Glibc

/// The beginning of the program. Wrong use ends with 2, "could not run", and not with the 64 of ArgumentParser: three
/// statuses are all a CI script has to know.
@main
enum Main {
  static func main() {
    occupyStandardStreams()
    do {
      var command = try ScenarioCommand.parseAsRoot()
      try command.run()
    } catch {
      if ScenarioCommand.exitCode(for: error) == .success { ScenarioCommand.exit(withError: error) }
      StandardError.write("\(ScenarioCommand.fullMessage(for: error))\n")
      exit(2)
    }
  }
}
