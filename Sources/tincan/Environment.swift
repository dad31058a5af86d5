import Glibc

/// The process's environment, and the user's name.
enum Environment {
  /// A variable's value; nil if it is unset or empty.
  static func value(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }

  /// The user's login name, from the system or else from the environment.
  static var loginName: String {
    if let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name { return String(cString: name) }
    return value("LOGNAME") ?? value("USER") ?? "me"
  }
}
