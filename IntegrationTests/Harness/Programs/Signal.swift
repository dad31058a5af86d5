import Glibc

/// Signals by the names people use for them.
enum Signal {
  private static let names: [(String, Int32)] = [
    ("SIGHUP", SIGHUP), ("SIGINT", SIGINT), ("SIGQUIT", SIGQUIT), ("SIGILL", SIGILL), ("SIGTRAP", SIGTRAP),
    ("SIGABRT", SIGABRT), ("SIGBUS", SIGBUS), ("SIGFPE", SIGFPE), ("SIGKILL", SIGKILL), ("SIGUSR1", SIGUSR1),
    ("SIGSEGV", SIGSEGV), ("SIGUSR2", SIGUSR2), ("SIGPIPE", SIGPIPE), ("SIGALRM", SIGALRM), ("SIGTERM", SIGTERM),
    ("SIGCHLD", SIGCHLD), ("SIGCONT", SIGCONT), ("SIGSTOP", SIGSTOP), ("SIGTSTP", SIGTSTP), ("SIGTTIN", SIGTTIN),
    ("SIGTTOU", SIGTTOU), ("SIGWINCH", SIGWINCH),
  ]

  static var allNames: [String] { names.map(\.0) }

  static func number(_ name: String) -> Int32? {
    names.first { $0.0 == name }?.1
  }

  static func name(_ number: Int32) -> String {
    names.first { $0.1 == number }?.0 ?? "signal \(number)"
  }
}
