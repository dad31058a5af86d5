import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("A file that takes the place of an older one", .leavesNoDescriptor)
struct ReplacedFileTests {
  private let directory = TemporaryDirectory()
  private var path: String { directory.file("out") }

  private func failure(_ path: String) -> CInt? {
    do throws(SystemError) { _ = try ReplacedFile(path: path) } catch { return error.code }
    return nil
  }

  @Test("is private, and not there before it is whole")
  func new() throws {
    do {
      let file = try ReplacedFile(path: path)
      try file.append("one\n")
      #expect(TextFile.read(path) == nil)
      try file.append("two\n")
      try file.finish()
    }
    #expect(TextFile.read(path) == "one\ntwo\n")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    #expect(directory.names == ["out"])
  }

  @Test("leaves the older one when it is given up")
  func givenUp() throws {
    _ = directory.write(Array("old".utf8), to: "out")
    do { try ReplacedFile(path: path).append("new") }
    #expect(TextFile.read(path) == "old" && directory.names == ["out"])
    let file = try ReplacedFile(path: path)
    try file.append("new")
    try file.finish()
    #expect(TextFile.read(path) == "new" && directory.names == ["out"])
  }

  @Test("takes no device's, no link's and no directory's place, and needs a directory")
  func refused() {
    #expect(failure(directory.path) == EISDIR)
    #expect(failure(directory.path + "/.") == EISDIR)
    #expect(failure("..") == EISDIR)
    #expect(failure("/dev/null") == EEXIST)
    #expect(symlink("/dev/null", directory.file("link")) == 0)
    #expect(failure(directory.file("link")) == EEXIST)
    #expect(failure(directory.file("none/out")) == ENOENT)
    #expect(directory.names == ["link"])
  }
}
