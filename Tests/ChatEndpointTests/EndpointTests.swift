import Dispatch
import Glibc
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("A whole endpoint in batch", .serialized, .leavesNoDescriptor)
struct EndpointTests {
  private let directory = TemporaryDirectory()

  @Test(
    "A batch is over when its last line is sent, with or without a line feed",
    arguments: ["one\ntwo\n", "one\ntwo", ""])
  func lastLine(content: String) throws {
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
    let input = directory.write(Array(content.utf8), to: "lines")
    let path = directory.file("socket")
    let listener = try Listener(unixPath: path)
    let received = Mutex<[UInt8]>([])
    let peer = DispatchGroup()
    DispatchQueue.global().async(group: peer) {
      var entry = pollfd(fd: listener.numbers[0], events: CShort(POLLIN), revents: 0)
      guard poll(&entry, 1, 30_000) == 1, let socket = try? listener.accept(on: entry.fd)?.take() else { return }
      // 0x2000 is POLLRDHUP, the other side's half-close. If an endpoint forgets it, the wait ends after 10 s, and the
      // close with bytes unread breaks the link. So the test fails rather than hangs.
      var end = pollfd(fd: socket.number, events: 0x2000, revents: 0)
      guard poll(&end, 1, 10_000) == 1 else { return }
      var buffer = [UInt8](repeating: 0, count: 1000)
      while case .moved(let count)? = try? socket.receive(into: &buffer) {
        received.withLock { $0 += buffer[..<count] }
      }
    }
    let reason = Endpoint.run(
      Settings(
        role: .connect(.socketFile(path: path), timeout: .seconds(30)), input: .file(path: input), stays: false,
        json: false,
        name: "me", colors: false, verbosity: -1, historyPath: nil, notices: []))
    peer.wait()
    #expect(reason.number == 0)
    let expected = content.isEmpty || content.hasSuffix("\n") ? content : content + "\n"
    #expect(received.withLock { String(decoding: $0, as: UTF8.self) } == expected)
  }
}
