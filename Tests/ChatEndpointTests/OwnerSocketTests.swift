import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@Suite("The socket of the program that has a conversation", .leavesNoDescriptor)
@MainActor
struct OwnerSocketTests {
  private let directory: TemporaryDirectory
  private let files: ConversationFiles
  private let name = MessageName(Incarnation(1), 1)

  /// In a directory whose path is longer than that of a socket may be.
  init() throws {
    directory = TemporaryDirectory()
    var path = directory.path
    while path.utf8.count < 200 { path += "/a-directory-with-a-long-name" }
    try FileWriting.makePrivateDirectory(path)
    files = ConversationFiles(storePath: path + "/store.sqlite", fingerprint: Array(1...32))
  }

  private func caller() throws -> Socket {
    let open = try OpenDirectory(path: files.directory)
    let socket = try Socket(.unix)
    #expect(try socket.connect(to: SocketAddress(unixPath: open.path(of: files.socketName))))
    return socket
  }

  /// Has the owner take what came, until nothing is ready.
  /// - Returns: the requests.
  private func step(_ owner: OwnerSocket, _ reply: OwnerReply? = .acknowledged) throws -> [OwnerRequest] {
    var requests: [OwnerRequest] = []
    for _ in 0..<40 {
      var set = PollSet()
      owner.watch(in: &set)
      try set.wait(atMost: .zero)
      owner.step(set, now: Instant(sinceOrigin: .zero)) { request in
        requests.append(request)
        return (reply, name)
      }
    }
    return requests
  }

  private func send(_ text: String) -> OwnerRequest { .send(SubmittedMessage(text: Array(text.utf8), id: nil)) }

  private func received(_ socket: borrowing Socket) throws -> String? {
    var buffer = [UInt8](repeating: 0, count: 1000)
    switch try socket.receive(into: &buffer) {
    case .moved(let count): return String(decoding: buffer[..<count], as: UTF8.self)
    case .wouldBlock: return ""
    case .endOfStream: return nil
    }
  }

  @Test("is private, answers each program, and says when the peer has its message")
  func answers() throws {
    let owner = try OwnerSocket(files)
    var status = stat()
    #expect(stat("\(files.directory)\(files.socketName)", &status) == 0 && status.st_mode & 0o777 == 0o600)
    let one = try caller()
    let other = try caller()
    _ = try one.send(Array("SEND hel".utf8)[...])
    #expect(try step(owner).isEmpty)
    _ = try one.send(Array("lo\nSEND more\n".utf8)[...])
    _ = try other.send(Array("NONSENSE\n".utf8)[...])
    #expect(try step(owner, .accepted(waiting: 2, name, isRepeated: false)) == [send("hello")])
    #expect(
      try received(one) == "ACCEPTED 2 0000000000000001-1 NEW\n" && received(other) == "REFUSED that is no request\n")
    owner.reportAcknowledged { _ in false }
    #expect(try received(one) == "")
    owner.reportAcknowledged { $0 == name }
    owner.reportAcknowledged { $0 == name }
    #expect(try received(one) == "ACKNOWLEDGED\n")
  }

  @Test("bounds a line")
  func longLine() throws {
    let owner = try OwnerSocket(files)
    let caller = try caller()
    var rest = [UInt8](repeating: UInt8(ascii: "x"), count: 3 * OwnerRequest.bytesMax)[...]
    for _ in 0..<100 where !rest.isEmpty {
      if case .moved(let count) = try caller.send(rest) { rest = rest.dropFirst(count) }
      #expect(try step(owner).isEmpty)
    }
    #expect(rest.isEmpty)
    #expect(try received(caller) == "REFUSED that is too long\n")
  }

  @Test("bounds the number of programs: the oldest has to go")
  func manyCallers() throws {
    let owner = try OwnerSocket(files)
    let first = try caller()
    let second = try caller()
    #expect(try step(owner).isEmpty)
    var others: [HeldSocket] = []
    for _ in 3...OwnerSocket.callersMax { others.append(HeldSocket(try caller())) }
    let last = try caller()
    _ = try last.send(Array("TAKE-OVER 5\n".utf8)[...])
    #expect(try step(owner, nil) == [.takeOver(by: 5)])
    #expect(try received(first) == nil)
    #expect(try received(second) == "" && received(last) == "" && others.count == OwnerSocket.callersMax - 2)
  }

  @Test("keeps the programs that wait for an acknowledgement, and refuses one too many")
  func manyWaiters() throws {
    let owner = try OwnerSocket(files)
    var waiters: [HeldSocket] = []
    for _ in 1...OwnerSocket.waitersMax {
      waiters.append(HeldSocket(try caller()))
      _ = try waiters.last?.socket.send(Array("AWAIT\n".utf8)[...])
      #expect(try step(owner, nil) == [.await])
    }
    let further = try caller()
    _ = try further.send(Array("AWAIT\n".utf8)[...])
    #expect(try step(owner, nil) == [.await])
    #expect(try received(further) == nil)
    let sender = try caller()
    _ = try sender.send(Array("SEND hello\n".utf8)[...])
    #expect(try step(owner, .leaving) == [send("hello")])
    #expect(try received(sender) == "LEAVING\n")
    owner.reportAcknowledged { $0 == name }
    for waiter in waiters { #expect(try received(waiter.socket) == "ACKNOWLEDGED\n") }
  }

  @Test("is gone with its owner, and takes the place of a leftover")
  func leftover() throws {
    do { _ = try OwnerSocket(files) }
    #expect(access("\(files.directory)\(files.socketName)", F_OK) != 0)
    let open = try OpenDirectory(path: files.directory)
    do {
      let stale = try Listener(unixPath: open.path(of: files.socketName))
      // A program that is killed does not remove it.
      #expect(link("\(files.directory)\(files.socketName)", "\(files.directory)kept") == 0)
      stale.stop()
      #expect(rename("\(files.directory)kept", "\(files.directory)\(files.socketName)") == 0)
    }
    let owner = try OwnerSocket(files)
    let caller = try caller()
    _ = try caller.send(Array("SEND x\n".utf8)[...])
    #expect(try step(owner) == [send("x")])
  }
}

/// For a collection, which takes no noncopyable socket.
private final class HeldSocket {
  let socket: Socket
  init(_ socket: consuming Socket) { self.socket = socket }
}
