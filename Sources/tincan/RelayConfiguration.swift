import ArgumentParser
import Basics
import ChatEndpoint
import PeerSecurity
import RelayCore
import RelayServer
import Sockets

/// The file that a relay's options come from, beside those of its command line, which go first.
///
/// Its lines become arguments that stand before those of the command line, so an option is read and judged the same way
/// wherever it stands. Lists do not: one may have thousands of words.
final class RelayConfiguration: Sendable {
  private let path: String
  /// The command line without `--config`.
  private let arguments: [String]
  /// The state that the relay runs with: the settings of the file, and the content of its pass file.
  private struct Running {
    var settings: [String: [String]] = [:]
    var passes: [RelayPass] = []
    /// Also one that was inherited, or that the file has named no more since.
    var hasPlainPort = false
  }
  private let running = Lock(Running())

  /// - Parameter arguments: the command line of the program.
  init(_ path: String, _ arguments: [String]) {
    self.path = path
    var rest: [String] = []
    var isValue = false
    for argument in arguments.drop(while: { $0 != RelayCommand.configuration.commandName }).dropFirst() {
      if isValue || argument == "--config" || argument.hasPrefix("--config=") {
        isValue = argument == "--config" && !isValue
      } else {
        rest.append(argument)
      }
    }
    self.arguments = rest
  }

  private enum Failure: Error {
    case unreadable(String)
    /// Lines that cannot be used, as they are reported.
    case unusable([String])

    var problems: [String] {
      switch self {
      case .unreadable(let problem): [problem]
      case .unusable(let problems): problems
      }
    }
  }

  // MARK: The start

  /// The command with the options of the file and of the command line.
  func read() throws -> RelayCommand {
    do {
      let (command, settings) = try merged()
      running.withLock { $0.settings = settings }
      return command
    } catch Failure.unreadable(let problem) {
      ExitReason(.noInput, problem).leave()
    } catch Failure.unusable(let problems) {
      throw ValidationError(problems.joined(separator: "\n"))
    }
  }

  // MARK: Reading it anew

  /// Reads the file anew for a relay that runs with these settings. A setting that cannot be used is found out here,
  /// because one that can be is noted as running.
  func reloader(_ settings: RelaySettings) -> @Sendable () -> RelayReload {
    running.withLock { ($0.passes, $0.hasPlainPort) = (settings.policy.passes, settings.plain != nil) }
    return { self.reload() }
  }

  private func reload() -> RelayReload {
    do {
      let hasPlainPort = running.withLock { $0.hasPlainPort }
      let (command, new) = try merged { if hasPlainPort { try $0.checkPlainNeedsNoPass() } }
      let policy = try command.policy
      let (changes, restart) = running.withLock { RelayConfiguration.adopt(new, policy.passes, into: &$0) }
      return .read(policy, changes: changes, restart: restart)
    } catch let failure as Failure {
      return .broken(problems: failure.problems)
    } catch let reason as ExitReason {
      return .broken(problems: [reason.sentence ?? "\(path) cannot be used"])
    } catch {
      return .broken(problems: ["\(path): \(RelayCommand.message(for: error))"])
    }
  }

  /// Notes what a running relay takes over.
  /// - Returns: what changes, and what does only after a restart.
  private static func adopt(
    _ new: [String: [String]], _ passes: [RelayPass], into running: inout Running
  ) -> (changes: [String], restart: [String]) {
    var (changes, restart): ([String], [String]) = ([], [])
    for option in RelayOption.all where running.settings[option.name] != new[option.name] {
      let change = change(option, from: running.settings[option.name], to: new[option.name])
      if option.isReloadable { changes.append(change) } else { restart.append(change) }
      if option.isReloadable { running.settings[option.name] = new[option.name] }
    }
    if let change = PassFile.change(from: running.passes, to: passes) { changes.append(change) }
    running.passes = passes
    return (changes, restart)
  }

  private static func change(_ option: RelayOption, from old: [String]?, to new: [String]?) -> String {
    func text(_ values: [String]?) -> String {
      guard let values else { return "the default" }
      guard option.kind == .list else { return values.joined() }
      return values.count.counted("entry", "entries")
    }
    if option.kind == .list, let old, let new, old.count == new.count { return "\(option.name), \(text(new))" }
    return "\(option.name) from \(text(old)) to \(text(new))"
  }

  // MARK: Merging

  /// Reads the file, and merges it with the command line.
  /// - Parameter check: judges what the options alone do not show.
  /// - Returns: also the settings of the file that hold, by the names of their options.
  private func merged(_ check: (RelayCommand) throws -> Void = { _ in }) throws -> (RelayCommand, [String: [String]]) {
    let entries = try entries()
    var (settings, prefix): ([String: [String]], [String]) = ([:], [])
    for entry in entries {
      settings[entry.name, default: []] += entry.values
      guard let option = RelayOption.all.first(where: { $0.name == entry.name }), option.list == nil else { continue }
      if option.kind != .flag { prefix.append("--\(entry.name)=\(entry.values[0])") }
      if entry.values == ["yes"], option.kind == .flag { prefix.append("--\(entry.name)") }
    }
    do {
      var command = try RelayCommand.parse(prefix + arguments)
      for option in RelayOption.all {
        if let list = option.list, let values = settings[option.name] { command[keyPath: list] = values }
      }
      try command.validate()
      try check(command)
      return (command, settings)
    } catch {
      throw Failure.unusable([blame(RelayCommand.message(for: error), entries)])
    }
  }

  /// The lines of the file that the command line leaves to it.
  private func entries() throws -> [ConfigurationFile.Entry] {
    let file = ConfigurationFile(
      try bytes(), options: Dictionary(uniqueKeysWithValues: RelayOption.all.map { ($0.name, $0.kind) }))
    var problems = file.problems
    for entry in file.entries {
      guard let option = RelayOption.all.first(where: { $0.name == entry.name }) else { continue }
      for word in entry.values where option.list != nil && !option.isFit(word) {
        let text = "\(entry.name): '\(word)' is no address or network such as 192.0.2.0/24 or 2001:db8::/32"
        problems.append(.init(line: entry.line, text: text))
      }
    }
    guard problems.isEmpty else {
      let sorted = problems.sorted { $0.line < $1.line }.prefix(ConfigurationFile.problemsMax)
      throw Failure.unusable(sorted.map { "\(path):\($0.line): \($0.text)" })
    }
    let isLoudnessGiven = RelayOption.all.contains { $0.short != nil && $0.isGiven(in: arguments) }
    return file.entries.filter { entry in
      guard let option = RelayOption.all.first(where: { $0.name == entry.name }) else { return false }
      // --quiet and --verbose are one choice, so either goes before both lines of the file.
      return !option.isGiven(in: arguments) && !(isLoudnessGiven && option.short != nil)
    }
  }

  /// Names the line of the file that an option's error is about. Each sentence begins with the option, or has it in
  /// quotes as ArgumentParser does.
  private func blame(_ sentence: String, _ entries: [ConfigurationFile.Entry]) -> String {
    let line = entries.last { sentence.hasPrefix("--\($0.name):") || sentence.contains("'--\($0.name) ") }?.line
    let text = sentence.split(separator: "\n").joined(separator: " ")
    return line.map { "\(path):\($0): \(text)" } ?? "\(path) and the command line: \(text)"
  }

  private func bytes() throws -> [UInt8] {
    do throws(SystemError) {
      return try SmallFile.read(path, atMost: ConfigurationFile.bytesMax + 1)
    } catch {
      throw Failure.unreadable("\(path) cannot be read: \(error)")
    }
  }
}
