import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

/// The two ends of a connection.
@MainActor
struct Ends: ~Copyable {
  let dialled: Socket
  let accepted: Socket
  let address: SocketAddress

  /// Connects over a socket file.
  init(in directory: TemporaryDirectory) throws {
    try self.init(over: Listener(unixPath: directory.file("socket")))
  }

  /// Connects over TCP on this machine.
  init(at address: SocketAddress) throws { try self.init(over: Listener(at: [address])) }

  private init(over listener: Listener) throws {
    let address = listener.addresses[0]
    let dialled = try Socket(address.family)
    // Nobody accepts yet. On one machine the kernel connects the two all the same.
    if try !dialled.connect(to: address) {
      var set = PollSet()
      set.watch(dialled.number, for: .writing)
      try set.wait(atMost: .seconds(30))
    }
    guard let accepted = try listener.accept(on: listener.numbers[0]) else { throw Nobody() }
    self.dialled = dialled
    self.accepted = accepted.take()
    self.address = address
  }
}

struct Nobody: Error {}

/// A link with the conversation of its endpoint.
@MainActor
final class LinkedEnd {
  var conversation: Conversation
  let link: Link
  var received: [UInt8] = []

  init(_ socket: consuming Socket, at address: SocketAddress, party: Party = .person) {
    conversation = Conversation(party: party)
    conversation.linkUp()
    let candidate = Candidate(socket, to: address, position: .first, isRequested: false)
    link = Link(candidate, PlainSession(party: party), now: Instant(sinceOrigin: .zero))
  }

  var ending: SessionEnding? { link.session.ending }

  func watch(in set: inout PollSet, reads: Bool = true) { link.watch(in: &set, reads: reads, conversation) }

  func turn(_ set: borrowing PollSet, now: Instant) {
    link.read(set, reads: true, into: &conversation, now: now)
    received += conversation.inbox.bytes
    conversation.committed()
    link.write(&conversation, now: now)
  }
}

@MainActor
@Suite("A link moves bytes between a socket and a session", .serialized, .leavesNoDescriptor)
struct LinkTests {
  private let directory = TemporaryDirectory()
  private let now = Instant(sinceOrigin: .zero)

  @Test("All bytes sent are received, and both ends end by goodbye")
  func conversation() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    let left = LinkedEnd(ends.dialled, at: address)
    let right = LinkedEnd(ends.accepted, at: address)
    let line = [UInt8](repeating: 0x78, count: 60_000)
    for _ in 0..<4 { left.conversation.accept(line) }
    left.conversation.want(.leave)
    left.link.write(&left.conversation, now: now)
    while left.ending == nil || right.ending == nil {
      var set = PollSet()
      left.watch(in: &set)
      right.watch(in: &set)
      try set.wait(atMost: .seconds(30))
      for end in [left, right] { end.turn(set, now: now) }
    }
    #expect(right.received.count == 4 * 60_001)
    #expect(left.ending == .goodbye)
    #expect(right.ending == .goodbye)
    #expect(right.link.session.peerLeftFirst)
    #expect(left.link.linkError == nil)
  }

  @Test("A link that is closed with bytes unread is broken, and has the error")
  func reset() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    let left = LinkedEnd(ends.dialled, at: address)
    left.conversation.accept("never read".utf8)
    left.link.write(&left.conversation, now: now)
    // A close with bytes unread gives the other end an error instead of an end.
    ends.accepted.close()
    var set = PollSet()
    left.watch(in: &set)
    try set.wait(atMost: .seconds(30))
    left.turn(set, now: now)
    #expect(left.ending == .broken)
    #expect(left.link.linkError == SystemError(call: "recv", code: ECONNRESET))
  }

  @Test("Without room for messages the link is not read")
  func backpressure() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    _ = try ends.accepted.send(Array("hello\n".utf8)[...])
    let left = LinkedEnd(ends.dialled, at: address)
    var set = PollSet()
    left.watch(in: &set, reads: false)
    try set.wait(atMost: .zero)
    left.turn(set, now: now)
    #expect(left.conversation.receivedCount == 0)
    left.watch(in: &set, reads: true)
    try set.wait(atMost: .seconds(30))
    left.turn(set, now: now)
    #expect(left.conversation.receivedCount == 1)
  }

  /// A link without bytes to send, whose peer has ended.
  private func quiet(_ party: Party) throws -> (end: LinkedEnd, peer: Holder) {
    let ends = try Ends(in: directory)
    let address = ends.address
    ends.accepted.halfClose()
    let left = LinkedEnd(ends.dialled, at: address, party: party)
    var set = PollSet()
    left.watch(in: &set)
    try set.wait(atMost: .seconds(30))
    left.turn(set, now: now)
    #expect(left.link.session.peerHasEnded)
    #expect(left.ending == nil)
    return (left, Holder(ends.accepted))
  }

  /// A box for a socket, because a tuple holds no noncopyable value.
  final class Holder {
    private var socket: Socket?
    init(_ socket: consuming Socket) { self.socket = consume socket }
    func close() { socket = nil }
  }

  @Test("A quiet link whose peer closes in order is over by goodbye")
  func hangUp() throws {
    let (left, peer) = try quiet(.batch(stays: false))
    var set = PollSet()
    left.watch(in: &set)
    try set.wait(atMost: .zero)
    left.turn(set, now: now)
    #expect(left.ending == nil)
    peer.close()
    set.removeAll()
    left.watch(in: &set)
    try set.wait(atMost: .seconds(30))
    left.turn(set, now: now)
    #expect(left.ending == .goodbye)
    #expect(left.link.linkError == nil)
  }

  @Test("A quiet link that is reset is broken")
  func quietReset() throws {
    let (left, peer) = try quiet(.batch(stays: false))
    left.conversation.accept("never read".utf8)
    left.link.write(&left.conversation, now: now)
    peer.close()
    var set = PollSet()
    left.watch(in: &set)
    try set.wait(atMost: .seconds(30))
    left.turn(set, now: now)
    #expect(left.ending == .broken)
    #expect(left.link.linkError?.code == ECONNRESET)
  }

  @Test("A reset that a write meets first is no end of the peer's")
  func resetMetByWrite() throws {
    // A socket file gives the error to the read in any case.
    let ends = try Ends(at: RelayReachTests.loopback(0))
    let address = ends.address
    let left = LinkedEnd(ends.dialled, at: address, party: .batch(stays: false))
    ends.accepted.resetAtClose()
    ends.accepted.close()
    var set = PollSet()
    left.watch(in: &set)
    try set.wait(atMost: .seconds(30))
    left.conversation.accept("into the void".utf8)
    left.link.write(&left.conversation, now: now)
    #expect(left.link.linkError?.code == ECONNRESET)
    set.removeAll()
    left.watch(in: &set)
    try set.wait(atMost: .seconds(30))
    left.turn(set, now: now)
    #expect(!left.link.session.peerHasEnded)
    #expect(left.ending == .broken)
  }
}
