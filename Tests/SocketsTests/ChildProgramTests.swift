import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("A program that changes a file", .serialized, .leavesNoDescriptor)
struct ChildProgramTests {
  private func end(of program: ChildProgram) -> Bool {
    while true {
      if let endedWell = program.hasEndedWell() { return endedWell }
      // Waits for the end of a child, and leaves it to be asked for.
      var info = siginfo_t()
      waitid(P_ALL, 0, &info, WEXITED | WNOWAIT)
    }
  }

  @Test("It gets the file by its path, and what it leaves there is read back up to a limit")
  func change() throws {
    let file = try TemporaryFile(name: "test", content: Array("before".utf8))
    var status = stat()
    #expect(stat(file.path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let program = try ChildProgram(shell: "printf ' and after' >> \"$1\"", argument: file.path)
    #expect(end(of: program))
    #expect(try file.content(limit: 100) == Array("before and after".utf8))
    #expect(try file.content(limit: 3) == Array("bef".utf8))
    file.remove()
    #expect(throws: SystemError.self) { try file.content(limit: 1) }
  }

  @Test("It did not end well when it failed, or was ended", arguments: ["exit 3", "kill -9 $$"])
  func failure(command: String) throws {
    #expect(try !end(of: ChildProgram(shell: command, argument: "")))
  }

  @Test("It has the usual signals, whatever this program does with them")
  func signals() throws {
    let source = try SignalSource([SIGUSR1])
    _ = source.number
    #expect(try !end(of: ChildProgram(shell: "kill -USR1 $$; exit 0", argument: "")))
  }

  @Test("One that goes on is ended by force, and waited for")
  func force() throws {
    let program = try ChildProgram(shell: "while :; do :; done", argument: "")
    #expect(program.hasEndedWell() == nil)
    program.kill()
    #expect(program.hasEndedWell() != nil)
  }
}
