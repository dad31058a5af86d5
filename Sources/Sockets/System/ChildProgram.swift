import CSystem
import Glibc

/// A program we started, on our own standard streams.
public struct ChildProgram {
  private let pid: pid_t

  /// Starts a command of the shell. `$1` in it is `argument`.
  public init(shell command: String, argument: String) throws(SystemError) {
    var pid: pid_t = 0
    let error = csystem_spawn_shell(command, argument, &pid)
    guard error == 0 else { throw SystemError(call: "posix_spawn", code: error) }
    self.pid = pid
  }

  /// Whether it ended well, once it has ended; nil before. SIGCHLD says when to ask.
  public func hasEndedWell() -> Bool? {
    var status: CInt = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    return status == 0
  }

  /// Asks it to end.
  public func terminate() { Glibc.kill(pid, SIGTERM) }

  /// Ends it by force, and returns when it has ended.
  public func kill() {
    Glibc.kill(pid, SIGKILL)
    _ = try? SystemCalls.retrying("waitpid") { waitpid(pid, nil, 0) }
  }
}
