import Sockets

/// The paths of the program's own files: in `$TINCAN_HOME` if it is set, else in the XDG base directories (XDG Base
/// Directory Specification 0.8). Directories are made with mode 0700, files with 0600.
enum PrivateFiles {
  /// The error that no directory is known for a file.
  struct Homeless: Error, CustomStringConvertible {
    var description: String { "neither TINCAN_HOME nor HOME is set" }
  }

  /// The path of the input history's file. The file is made if it is not there.
  /// - Throws: ``Unusable`` if the file cannot be made, ``Homeless`` if no directory is known for it.
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

  /// The error that a directory cannot be used.
  struct Unusable: Error, CustomStringConvertible {
    let path: String
    let error: SystemError
    var description: String { "\(path): \(error)" }
  }

  private static func stateDirectory() throws -> String {
    if let home = Environment.value("TINCAN_HOME") { return home }
    // The specification demands that a relative path is ignored.
    if let state = Environment.value("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/tincan" }
    guard let home = Environment.value("HOME") else { throw Homeless() }
    return home + "/.local/state/tincan"
  }
}
