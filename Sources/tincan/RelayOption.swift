import ArgumentParser
import RelayCore
import RelayServer

/// An option of `tincan relay` that its file may set: one line each, and nothing else is to be done for a new one.
struct RelayOption: Sendable {
  /// Its long name.
  let name: String
  let kind: ConfigurationFile.Kind
  /// Whether SIGHUP changes it in a running relay.
  let isReloadable: Bool
  /// For a list: the place of its values. It is judged, word by word, by `isFit`.
  var list: (WritableKeyPath<RelayCommand, [String]> & Sendable)?
  var isFit: @Sendable (String) -> Bool = { _ in true }
  /// The short forms of a flag on the command line.
  var short: Character?

  private init(_ name: String, _ kind: ConfigurationFile.Kind, reloads: Bool) {
    (self.name, self.kind, isReloadable) = (name, kind, reloads)
  }

  /// One that holds from the start of a relay to its end.
  private static func fixed(_ name: String) -> RelayOption { RelayOption(name, .value, reloads: false) }

  private static func reloaded(_ name: String, _ kind: ConfigurationFile.Kind = .value) -> RelayOption {
    RelayOption(name, kind, reloads: true)
  }

  /// A list of networks.
  /// - Parameter words: what else may stand in it.
  private static func networks(
    _ name: String, _ list: WritableKeyPath<RelayCommand, [String]> & Sendable, or words: [String] = []
  ) -> RelayOption {
    var option = RelayOption(name, .list, reloads: true)
    option.list = list
    option.isFit = { AddressRange(parsing: $0) != nil || words.contains($0) }
    return option
  }

  private static func flag(_ name: String, _ short: Character) -> RelayOption {
    var option = RelayOption(name, .flag, reloads: true)
    option.short = short
    return option
  }

  /// All of them. Those that only mean something on the command line are left out.
  static let all: [RelayOption] = [
    fixed("port"), fixed("listen"), fixed("port-file"), fixed("plain-port"), fixed("socket-mode"),
    fixed("metrics"), fixed("threads"),
    reloaded("max-guests"), reloaded("max-waiting"), reloaded("joins-per-minute"), reloaded("waiting-per-source"),
    reloaded("guests-per-source"), networks("trust", \.bounds.trust), networks("deny", \.bounds.deny),
    networks("proxy-from", \.ways.proxyFrom, or: ["unix"]), reloaded("pass-file"),
    reloaded("preamble-timeout"), reloaded("room-timeout"), reloaded("drain-delay"),
    reloaded("drain-timeout"),
    reloaded("pair-rate"), reloaded("pair-bytes"), reloaded("pair-idle"), reloaded("pair-half-closed"),
    reloaded("pair-time"),
    reloaded("log-format", .choice(JournalStyle.Format.allCases.map(\.rawValue))),
    reloaded("log-addresses", .choice(JournalStyle.Addresses.allCases.map(\.rawValue))),
    flag("quiet", "q"), flag("verbose", "v"),
  ]

  /// Whether it is among the arguments of a command line.
  func isGiven(in arguments: [String]) -> Bool {
    arguments.contains { argument in
      if argument == "--\(name)" || argument.hasPrefix("--\(name)=") { return true }
      guard let short, argument.first == "-", argument.dropFirst().first != "-" else { return false }
      return argument.dropFirst().allSatisfy { "qv".contains($0) } && argument.contains(short)
    }
  }
}
