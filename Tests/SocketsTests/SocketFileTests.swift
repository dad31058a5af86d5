import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Socket files", .serialized, .leavesNoDescriptor)
struct SocketFileTests {
  private let directory = TemporaryDirectory()
  private var path: String { directory.file("socket") }

  private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : nil
  }

  /// Listens, and ends without removing the file, as a program does that is killed.
  private func leaveStaleFile() throws {
    let socket = try Socket(.unix)
    try socket.bind(to: SocketAddress(unixPath: path))
    try socket.listen(backlog: 1)
  }

  @Test("The file is a socket for its user alone, whatever the mask, and is removed at the end")
  func privateAndRemoved() throws {
    let before = umask(0)
    defer { umask(before) }
    do {
      let listener = try Listener(unixPath: path)
      #expect(mode(path) == S_IFSOCK | 0o600)
      #expect(listener.addresses.map(\.description) == ["unix:\(path)"])
      #expect(umask(0) == 0, "the mask is put back")
    }
    #expect(mode(path) == nil)
  }

  @Test("A file that a dead listener left behind is replaced")
  func stale() throws {
    try leaveStaleFile()
    #expect(mode(path) != nil)
    let listener = try Listener(unixPath: path)
    #expect(mode(path) == S_IFSOCK | 0o600)
    let pair = try SocketPair(over: listener)
    try send("x", on: pair.left)
    #expect(try receive(1, on: pair.right) == "x")
  }

  @Test("A live listener is not replaced, and does not notice that somebody looked")
  func live() throws {
    let first = try Listener(unixPath: path)
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) { _ = try Listener(unixPath: path) }
    #expect(mode(path) == S_IFSOCK | 0o600)
    let visitor = try first.accept(on: first.numbers[0])
    let nobodyCame = visitor == nil
    #expect(nobodyCame)
    let pair = try SocketPair(over: first)
    try send("x", on: pair.left)
    #expect(try receive(1, on: pair.right) == "x")
  }

  @Test("A live listener that is too busy to take another connection is not replaced either")
  func liveAndBusy() throws {
    let target = try SocketAddress(unixPath: path)
    let socket = try Socket(.unix)
    try socket.bind(to: target)
    try socket.listen(backlog: 0)
    let waiting = try Socket(.unix)
    try connect(waiting, to: target)
    let refused = try Socket(.unix)
    #expect(try systemError { try connect(refused, to: target) } == SystemError(call: "connect", code: EAGAIN))
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) { _ = try Listener(unixPath: path) }
    #expect(mode(path) != nil)
  }

  @Test("A file that is no socket is not touched")
  func noSocket() throws {
    _ = directory.write(Array("precious".utf8), to: "socket")
    #expect(throws: SystemError(call: "bind", code: ENOTSOCK)) { _ = try Listener(unixPath: path) }
    #expect(try #require(TextFile.read(path)) == "precious")
  }

  @Test("A file that took the place of ours is not removed at the end")
  func replacedByAnother() throws {
    do {
      let listener = try Listener(unixPath: path)
      #expect(listener.numbers.count == 1)
      // The name goes elsewhere first, so that the new file cannot get the same inode.
      #expect(rename(path, directory.file("moved")) == 0)
      _ = directory.write(Array("another's".utf8), to: "socket")
    }
    #expect(try #require(TextFile.read(path)) == "another's")
  }

  @Test("A directory that is not there is an error that says so")
  func noDirectory() throws {
    #expect(throws: SystemError(call: "bind", code: ENOENT)) {
      _ = try Listener(unixPath: directory.file("missing/socket"))
    }
  }

  @Test("A path that is too long makes nothing")
  func tooLong() throws {
    let name = String(repeating: "p", count: 108)
    #expect(throws: SystemError(call: "bind", code: ENAMETOOLONG)) { _ = try Listener(unixPath: directory.file(name)) }
    #expect(directory.names == [])
  }
}
