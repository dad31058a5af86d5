import Glibc

/// The directories one scenario plays in, and the environment its programs get: the same on every machine.
///
///     ROOT/work   {directory}, where programs start
///     ROOT/home   {home}, with the XDG directories in it
///     ROOT/tmp    {tmp}, TMPDIR, which must be empty again at the end
///     ROOT/run    XDG_RUNTIME_DIR
///     ROOT/bin    the programs under test, first on PATH
public struct Stage {
  /// Everything of this scenario is below it.
  public let root: String
  var directory: String { "\(root)/work" }
  var home: String { "\(root)/home" }
  var tmp: String { "\(root)/tmp" }
  var searchPath: String { "\(root)/bin:\(Self.systemPath)" }

  private static let systemPath = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
  /// The places where XDG puts things; a program may leave files there and nowhere else in the home.
  static let homePlaces = [".config", ".local", ".cache"]

  /// Sets the stage below a directory that exists. `programs` are those under test, by the names scenarios call them.
  public init(root: String, programs: [String: String]) throws {
    self.root = root
    for name in ["work", "home", "tmp", "run", "bin"] { try FileTree.makeDirectory("\(root)/\(name)") }
    for (name, path) in programs where symlink(path, "\(root)/bin/\(name)") != 0 {
      throw SystemFailure("cannot link to \(path) in \(root)/bin")
    }
  }

  var environment: [String: String] {
    [
      "PATH": searchPath, "HOME": home, "TMPDIR": tmp, "XDG_RUNTIME_DIR": "\(root)/run",
      "XDG_CONFIG_HOME": "\(home)/.config", "XDG_DATA_HOME": "\(home)/.local/share",
      "XDG_STATE_HOME": "\(home)/.local/state", "XDG_CACHE_HOME": "\(home)/.cache",
      "USER": "tester", "LOGNAME": "tester", "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color",
      // So that a shell leaves no history behind.
      "HISTFILE": "",
    ]
  }

  /// A path of the scenario, relative to its directory.
  func path(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(directory)/\(path)"
  }
}
