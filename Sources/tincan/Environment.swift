import ChatEndpoint
import Glibc
import Terminal

/// The process's environment, and the user's name.
enum Environment {
  /// A variable's value; nil if it is unset, empty or not UTF-8.
  static func value(_ name: String) -> String? {
    getenv(name).flatMap { String(validatingCString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The value of a variable that has a path or a relay; nil if it is unset or empty. One that is not UTF-8 ends the
  /// program: without it, or with its bytes replaced, it would be another file or another relay.
  static func place(_ name: String) -> String? {
    if let bytes = getenv(name), String(validatingCString: bytes) == nil {
      ExitReason(.usage, "\(name) in the environment is not UTF-8").leave()
    }
    return value(name)
  }

  /// Ends the program if one of its arguments is not UTF-8. With the bytes replaced it would be another text or another
  /// file, and nobody would be told.
  static func checkArguments() {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else { continue }
      ExitReason(.usage, "argument \(index) is not UTF-8: \(EscapedText.of(String(cString: argument)))").leave()
    }
  }

  /// The user's login name, from the environment or else from the system. A login sets `LOGNAME` (environ(7)), and
  /// after su(1) or in a container it says more of the person than the user number does.
  static var loginName: String {
    if let name = usable(value("LOGNAME")) ?? usable(value("USER")) { return name }
    return usable(getpwuid(geteuid()).flatMap { $0.pointee.pw_name }.map { String(cString: $0) }) ?? "me"
  }

  /// A name as `--name` takes it; nil for one that is too long or has control characters.
  private static func usable(_ name: String?) -> String? {
    name.flatMap { EndpointOptions.nameProblem($0) == nil ? $0 : nil }
  }
}
