import CSystem
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Files", .serialized, .leavesNoDescriptor)
struct FileTests {
  private let directory = TemporaryDirectory()

  private func status(_ path: String) -> stat {
    var status = stat()
    #expect(lstat(path, &status) == 0)
    return status
  }

  private func text(_ path: String) throws -> String { try #require(TextFile.read(path)) }

  // MARK: Writing

  @Test("A file is written whole, and nothing stands beside it")
  func replace() throws {
    let path = directory.file("port")
    try FileWriting.replace(path, with: "8462\n")
    #expect(try text(path) == "8462\n")
    try FileWriting.replace(path, with: "1\n")
    #expect(try text(path) == "1\n")
    #expect(directory.names == ["port"])
  }

  @Test("Whoever has the old file open goes on seeing all of the old one")
  func replaceIsAtomic() throws {
    let path = directory.file("port")
    try FileWriting.replace(path, with: "old")
    let old = try InputFile(path: path)
    let inode = status(path).st_ino
    try FileWriting.replace(path, with: "new and longer")
    #expect(status(path).st_ino != inode)
    var buffer = [UInt8](repeating: 0, count: 100)
    let transfer = try old.read(into: &buffer)
    #expect(transfer == .moved(3))
    #expect(try text(path) == "new and longer")
  }

  @Test("A file that a killed program left, with this process's number, is in nobody's way")
  func replaceBesideLeftovers() throws {
    let path = directory.file("port")
    try FileWriting.replace("\(path).\(getpid()).new", with: "left")
    try FileWriting.replace(path, with: "8462\n")
    #expect(TextFile.read(path) == "8462\n")
    let whole = try ReplacedFile(path: path)
    try whole.append("1\n")
    try whole.finish()
    #expect(TextFile.read(path) == "1\n")
    #expect(directory.names == ["port", "port.\(getpid()).new"])
  }

  @Test("When it cannot be put in its place, nothing is left aside")
  func replaceFails() throws {
    let path = directory.file("taken")
    mkdir(path, 0o700)
    #expect(throws: SystemError(call: "rename", code: EISDIR)) { try FileWriting.replace(path, with: "x") }
    #expect(throws: SystemError(call: "open", code: ENOENT)) {
      try FileWriting.replace(directory.file("missing/port"), with: "x")
    }
    #expect(directory.names == ["taken"])
  }

  @Test("Removing removes, and what is not there is no error")
  func remove() throws {
    let path = directory.write([1], to: "file")
    try FileWriting.remove(path)
    #expect(directory.names == [])
    try FileWriting.remove(path)
    #expect(throws: SystemError(call: "unlink", code: EISDIR)) { try FileWriting.remove(directory.path) }
  }

  @Test("Private directories are made down to the last, each for its user alone, whatever was there stays")
  func privateDirectories() throws {
    let before = umask(0)
    defer { umask(before) }
    let outer = directory.file("outer")
    mkdir(outer, 0o755)
    try FileWriting.makePrivateDirectory("\(outer)/a/b/")
    #expect(status(outer).st_mode == S_IFDIR | 0o755)
    #expect(status("\(outer)/a").st_mode == S_IFDIR | 0o700)
    #expect(status("\(outer)/a/b").st_mode == S_IFDIR | 0o700)
    try FileWriting.makePrivateDirectory("\(outer)/a/b")
    let file = directory.write([1], to: "file")
    #expect(throws: SystemError(call: "mkdir", code: ENOTDIR)) { try FileWriting.makePrivateDirectory("\(file)/a") }
  }

  @Test("A private file is made for its user alone, and keeps what is in it")
  func privateFile() throws {
    let before = umask(0)
    defer { umask(before) }
    let path = directory.file("history")
    try FileWriting.makePrivateFile(path)
    #expect(status(path).st_mode == S_IFREG | 0o600)
    #expect(status(path).st_size == 0)
    try FileWriting.replace(path, with: "typed before")
    try FileWriting.makePrivateFile(path)
    #expect(try text(path) == "typed before")
  }

  @Test("A private file that others could read is theirs no more, and a link to one is followed")
  func privateFileThatWasNot() throws {
    let path = directory.write(Array("typed before".utf8), to: "kept-elsewhere")
    chmod(path, 0o644)
    symlink(path, directory.file("history"))
    try FileWriting.makePrivateFile(directory.file("history"))
    #expect(status(path).st_mode == S_IFREG | 0o600)
    #expect(try text(path) == "typed before")
    symlink("/dev/null", directory.file("nowhere"))
    try FileWriting.makePrivateFile(directory.file("nowhere"))
    #expect(status("/dev/null").st_mode & 0o777 == 0o666)
  }

  @Test("What is no file is no private file, and a named pipe makes nobody wait", arguments: [false, true])
  func privateFileThatIsNone(hasReader: Bool) throws {
    let path = directory.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let reader = hasReader ? csystem_open(path, O_RDWR, 0) : -1
    defer { if hasReader { close(reader) } }
    let error = SystemError(call: "open", code: EEXIST)
    #expect(throws: error) { try FileWriting.makePrivateFile(path) }
    #expect(throws: SystemError(call: "open", code: EISDIR)) { try FileWriting.makePrivateFile(directory.path) }
  }

  @Test("A private file is not made through a link to another user's", .enabled(if: geteuid() == 0, "needs chown"))
  func privateFileOfAnother() throws {
    let path = directory.write([1], to: "theirs")
    chown(path, 65534, 65534)
    symlink(path, directory.file("history"))
    #expect(throws: SystemError(call: "open", code: EPERM)) {
      try FileWriting.makePrivateFile(directory.file("history"))
    }
    #expect(status(path).st_mode & 0o777 != 0o600)
  }

  // MARK: Reading

  @Test("A file is read in pieces, to its end, and again from where it is told")
  func reading() throws {
    let file = try InputFile(path: directory.write(Array("abcdef".utf8), to: "file"))
    let isRegularFile = file.isRegularFile
    #expect(isRegularFile)
    var buffer = [UInt8](repeating: 0, count: 4)
    var transfer = try file.read(into: &buffer)
    #expect(transfer == .moved(4))
    let offset = try file.offset
    #expect(offset == 4)
    transfer = try file.read(into: &buffer)
    #expect(transfer == .moved(2))
    transfer = try file.read(into: &buffer)
    #expect(transfer == .endOfStream)
    try file.seek(to: 5)
    transfer = try file.read(into: &buffer)
    #expect(transfer == .moved(1))
    #expect(buffer[0] == UInt8(ascii: "f"))
  }

  @Test("A directory and a file that is not there cannot be read")
  func unreadable() throws {
    #expect(throws: SystemError(call: "open", code: EISDIR)) { _ = try InputFile(path: directory.path) }
    #expect(throws: SystemError(call: "open", code: ENOENT)) { _ = try InputFile(path: directory.file("missing")) }
  }

  @Test("A named pipe is no regular file")
  func namedPipe() throws {
    let path = directory.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    // Open for both, so that opening it to read does not wait for a writer.
    let both = Descriptor(owning: csystem_open(path, O_RDWR, 0))
    let file = try InputFile(path: path)
    let isRegularFile = file.isRegularFile
    #expect(!isRegularFile)
    _ = try SystemCalls.write(both.number, [7])
    var buffer = [UInt8](repeating: 0, count: 4)
    let transfer = try file.read(into: &buffer)
    #expect(transfer == .moved(1))
  }
}
