import Glibc

/// The process's environment, and the user's name.
enum Environment {
  /// A variable's value; nil if it is unset or empty.
  static func value(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
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
