import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Lock files", .serialized, .leavesNoDescriptor)
struct LockFileTests {
  private let directory = TemporaryDirectory()
  private var path: String { directory.file("bob.lock") }

  private func failure(_ path: String? = nil) -> LockFile.Failure? {
    do { _ = try LockFile(taking: path ?? self.path) } catch { return error }
    return nil
  }

  @Test("One holds it; another is told who does; and it is free when its holder is gone")
  func held() throws {
    do {
      let lock = try LockFile(taking: path)
      #expect(failure() == .held(by: getpid()))
      _ = consume lock
    }
    let lock = try LockFile(taking: path)
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode == S_IFREG | 0o600)
    _ = consume lock
    #expect(directory.names == [])
  }

  @Test("A file that its holder removed is no lock any more, though another has it open")
  func removed() throws {
    let first = try LockFile(taking: path)
    unlink(path)
    // The name is free, so it is another file that is taken.
    let second = try LockFile(taking: path)
    #expect(failure() == .held(by: getpid()))
    _ = consume first
    #expect(failure() == .held(by: getpid()))
    _ = consume second
  }

  @Test("A process that is killed frees it")
  func killed() throws {
    let ready = directory.file("ready")
    var child = pid_t()
    // util-linux' flock(1) holds a lock of the same kind as long as its command runs.
    let words = ["sh", "-c", "exec 9>\(path); flock -x 9; echo $$ >&9; echo > \(ready); exec sleep 1000"]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    #expect(posix_spawn(&child, "/bin/sh", nil, nil, &arguments, environ) == 0)
    defer {
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    while TextFile.read(ready) != "\n" { sched_yield() }
    #expect(failure() == .held(by: child))
    kill(child, SIGKILL)
    var status: CInt = 0
    waitpid(child, &status, 0)
    #expect(failure() == nil)
  }

  @Test("A holder that has not written its number yet is unknown")
  func unknownHolder() throws {
    let lock = try LockFile(taking: path)
    truncate(path, 0)
    #expect(failure() == .held(by: nil))
    _ = consume lock
  }

  @Test("What is no file of this user is not taken", arguments: ["directory", "link", "pipe"])
  func notOurs(kind: String) {
    switch kind {
    case "directory": mkdir(path, 0o700)
    case "link": symlink(directory.write([1], to: "target"), path)
    default: mkfifo(path, 0o600)
    }
    #expect(failure() == .notOurs)
    if kind == "link" { #expect(TextFile.bytes(directory.file("target")) == [1]) }
  }

  @Test("Where no file can be made, that is said")
  func cannotMake() {
    #expect(failure(directory.file("missing/lock")) == .system(SystemError(call: "open", code: ENOENT)))
  }
}
