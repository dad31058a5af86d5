import ArgumentParser
import Glibc
import Harness

/// `scenario`: plays scenario files and says how they went.
struct ScenarioCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenario",
    abstract: "Play scenario files: real programs on real terminals, and a network that breaks when told to.",
    discussion: """
      Without FILES all scenarios that come with it are played. Ends with 0 if all passed, 1 if one failed, 2 if one \
      could not be run. The program under test is $TINCAN_BINARY, else the tincan beside this program, else the one \
      on PATH.
      """)

  @Argument(help: "Scenario files, or directories of them.")
  var files: [String] = []

  @Option(help: ArgumentHelp("Only scenarios with this text in their name.", valueName: "text"))
  var filter: [String] = []

  @Option(name: .customLong("repeat"), help: ArgumentHelp("Play everything so many times.", valueName: "n"))
  var times = 1

  @Option(help: ArgumentHelp("Play so many at the same time.", valueName: "n"))
  var jobs = 2

  @Flag(help: "Keep files and recordings of scenarios that pass, too.")
  var keep = false

  @Flag(help: "Only say which scenarios there are.")
  var list = false

  @Option(help: ArgumentHelp("Multiply every allowance of time, for slow machines.", valueName: "factor"))
  var timeoutFactor = 1.0

  @Option(help: ArgumentHelp("Write the results to this file as JUnit XML.", valueName: "file"))
  var junit: String?

  @Option(help: ArgumentHelp("Keep scenarios' files below this directory.", valueName: "path"))
  var directory = Suite.defaultDirectory

  @Option(help: ArgumentHelp("The program under test, as --program tincan=PATH.", valueName: "path"))
  var tincan: String?

  @Option(help: ArgumentHelp("What scenarios call NAME is this program; can be given again.", valueName: "name=path"))
  var program: [String] = []

  @Flag(help: ArgumentHelp("Play one file in this process; what other processes use.", visibility: .hidden))
  var alone = false

  func validate() throws {
    guard (1...10_000).contains(times) else { throw ValidationError("--repeat needs a number from 1 to 10000.") }
    guard (1...64).contains(jobs) else { throw ValidationError("--jobs needs a number from 1 to 64.") }
    guard (0.01...1000).contains(timeoutFactor) else {
      throw ValidationError("--timeout-factor needs a number from 0.01 to 1000.")
    }
    if alone && files.count != 1 { throw ValidationError("--alone needs exactly one file.") }
    for option in program where Self.named(option) == nil {
      throw ValidationError("--program needs NAME=PATH, as in --program relay=build/relay.")
    }
  }

  /// The programs that were named, with their whole paths.
  var named: [String: String] {
    let pairs = program.compactMap(Self.named) + (tincan.map { [(name: "tincan", path: $0)] } ?? [])
    return Dictionary(pairs.map { ($0.name, ScenarioFiles.absolute($0.path)) }) { $1 }
  }

  private static func named(_ option: String) -> (name: String, path: String)? {
    let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, !parts[0].contains("/") else { return nil }
    return (parts[0], parts[1])
  }

  func run() throws {
    if alone { Glibc.exit(playAlone().rawValue) }
    Glibc.exit(playAll())
  }

  // MARK: One scenario, in this process

  private func playAlone() -> ScenarioResult.Status {
    Performance.prepareProcess()
    do {
      try FileTree.makeDirectory(directory)
      var performance = Performance(root: ScenarioFiles.absolute(directory))
      performance.programs = named
      performance.timeoutFactor = timeoutFactor
      performance.keepsRecordings = keep
      switch try performance.play(ScenarioFiles.read(files[0])) {
      case .passed: return .passed
      case .skipped(let reason): return say(reason, .skipped)
      case .failedAsKnown(let reason): return say(reason, .failedAsKnown)
      case .failed(let report): return say(report, .failed)
      }
    } catch {
      return say("\(error)", .couldNotRun)
    }
  }

  private func say(_ text: String, _ status: ScenarioResult.Status) -> ScenarioResult.Status {
    StandardOutput.write(text.hasSuffix("\n") ? text : text + "\n") ? status : .couldNotRun
  }
}
