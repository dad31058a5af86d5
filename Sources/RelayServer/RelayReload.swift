/// The result of reading a relay's settings anew.
public enum RelayReload: Sendable {
  /// There is nothing to read: all settings were given on the command line.
  case nothing
  /// They cannot be used, and nothing changes. Each problem is a line for the operator.
  case broken(problems: [String])
  /// They can be used.
  /// - changes: what differs from before, each a phrase.
  /// - restart: what differs and holds only after a restart.
  case read(RelayPolicy, changes: [String], restart: [String])
}
