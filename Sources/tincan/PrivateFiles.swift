import Sockets

/// Where files of ours live: `$TINCAN_HOME` if set, else the XDG base directories (XDG Base Directory Specification 0.8).
/// Directories are made with mode 0700, files with 0600.
enum PrivateFiles {
  /// Why there is no place for a file, in words.
  struct Homeless: Error, CustomStringConvertible {
    var description: String { "neither TINCAN_HOME nor HOME is set" }
  }

  /// The file of the input history; it is made if it is not there.
  /// - Throws: a ``SystemError`` when it cannot be made, ``Homeless`` when there is no place for it.
  static func history() throws -> String {
    let directory = try stateDirectory()
    do {
      try FileWriting.makePrivateDirectory(directory)
      let path = directory + "/history"
      try FileWriting.makePrivateFile(path)
      return path
    } catch {
      throw Unusable(path: directory, error: error)
    }
  }

  /// A directory that cannot be used.
  struct Unusable: Error, CustomStringConvertible {
    let path: String
    let error: SystemError
    var description: String { "\(path): \(error)" }
  }

  private static func stateDirectory() throws -> String {
    if let home = Environment.value("TINCAN_HOME") { return home }
    // A relative path is to be ignored, says the specification.
    if let state = Environment.value("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/tincan" }
    guard let home = Environment.value("HOME") else { throw Homeless() }
    return home + "/.local/state/tincan"
  }
}
