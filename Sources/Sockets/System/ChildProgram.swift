import CSystem
import Glibc

/// A program we started.
public struct ChildProgram {
  private let pid: pid_t

  /// Starts a command of the shell on our own standard streams. `$1` in it is `argument`.
  public init(shell command: String, argument: String) throws(SystemError) {
    var pid: pid_t = 0
    let error = csystem_spawn_shell(command, argument, &pid)
    guard error == 0 else { throw SystemError(call: "posix_spawn", code: error) }
    self.pid = pid
  }

  /// Starts a command of the shell in a session of its own, with /dev/null as its standard streams. It has no terminal,
  /// gets none of its signals, and may outlive us.
  /// - Parameter environment: variables besides ours, without NUL.
  public init(detached command: String, environment: [(name: String, value: String)]) throws(SystemError) {
    var variables = environment.map { strdup("\($0.name)=\($0.value)") } + [nil]
    defer { for variable in variables { free(variable) } }
    var pid: pid_t = 0
    let error = csystem_spawn_detached(command, &variables, &pid)
    guard error == 0 else { throw SystemError(call: "posix_spawn", code: error) }
    self.pid = pid
  }

  /// Whether it ended well, once it has ended; nil before. SIGCHLD says when to ask.
  public func hasEndedWell() -> Bool? {
    var status: CInt = 0
    let ended = waitpid(pid, &status, WNOHANG)
    // Of a child that is none of ours any more nobody can say how it ended.
    if ended < 0, errno == ECHILD { return true }
    return ended == pid ? status == 0 : nil
  }

  /// Asks it to end.
  public func terminate() { Glibc.kill(pid, SIGTERM) }

  /// Ends it by force, and returns when it has ended.
  public func kill() {
    Glibc.kill(pid, SIGKILL)
    _ = try? SystemCalls.retrying("waitpid") { waitpid(pid, nil, 0) }
  }
}
