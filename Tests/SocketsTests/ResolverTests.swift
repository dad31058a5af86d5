import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Looking names up", .serialized, .leavesNoDescriptor)
struct ResolverTests {
  init() {
    // As every program of ours does before it looks a name up: an answer nobody waits for is no death.
    _ = signal(SIGPIPE, SIG_IGN)
  }

  private func lookUp(
    _ host: String, port: UInt16 = 8462, toListen: Bool = false
  ) throws -> Result<[SocketAddress], Resolver.Failure> {
    let watcher: Descriptor
    let result: Result<[SocketAddress], Resolver.Failure>
    do {
      let resolver = try Resolver(host: host, port: port, toListen: toListen)
      watcher = Descriptor(owning: dup(resolver.number))
      _ = try wait(for: resolver.number, .reading)
      let answer = try #require(resolver.result())
      result = answer
      #expect(resolver.result() == answer, "it stays")
    }
    try waitUntilGone(watcher)
    return result
  }

  /// Waits until the thread has let go of its end of the pipe, its last deed.
  private func waitUntilGone(_ watcher: borrowing Descriptor) throws {
    var set = PollSet()
    set.watch(watcher.number, for: .hangUp)
    try set.wait(atMost: .seconds(60))
    try #require(set.readiness(of: watcher.number).contains(.hungUp), "the thread does not end")
  }

  @Test("A numeric address is itself, once", arguments: ["127.0.0.1", "::1", "192.0.2.1", "2001:db8::1"])
  func numeric(host: String) throws {
    #expect(try lookUp(host) == .success([address(host, port: 8462)]))
  }

  @Test("A numeric address has its answer at once, and needs no thread")
  func numericAtOnce() throws {
    let resolver = try Resolver(host: "127.0.0.1", port: 8462)
    #expect(resolver.result() == .success([address("127.0.0.1", port: 8462)]))
  }

  // Nothing is ever named so (RFC 6761 section 6.4). A machine without a name service says that there is no answer.
  @Test("A name nobody has is a failure that says so", arguments: ["nobody.invalid", "no such name.invalid"])
  func unknown(host: String) throws {
    let result = try lookUp(host)
    #expect(result == .failure(.unknownHost) || result == .failure(.noAnswer))
  }

  @Test("An abandoned look-up leaves nothing behind", arguments: ["127.0.0.1", "nobody.invalid"])
  func abandoned(host: String) throws {
    let watcher: Descriptor
    do {
      let resolver = try Resolver(host: host, port: 1)
      watcher = Descriptor(owning: dup(resolver.number))
    }
    try waitUntilGone(watcher)
  }
}
