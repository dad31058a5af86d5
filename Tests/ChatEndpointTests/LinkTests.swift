import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

/// The two ends of a connection over a socket file.
@MainActor
struct Ends: ~Copyable {
  let dialled: Socket
  let accepted: Socket
  let address: SocketAddress

  init(in directory: TemporaryDirectory) throws {
    let listener = try Listener(unixPath: directory.file("socket"))
    let address = listener.addresses[0]
    let dialled = try Socket(.unix)
    // A socket file connects at once.
    _ = try dialled.connect(to: address)
    guard let accepted = try listener.accept(on: listener.numbers[0]) else { throw Nobody() }
    self.dialled = dialled
    self.accepted = accepted.take()
    self.address = address
  }
}

struct Nobody: Error {}

@MainActor
@Suite("A link moves bytes between a socket and a conversation", .serialized, .leavesNoDescriptor)
struct LinkTests {
  private let directory = TemporaryDirectory()
  private let now = Instant(sinceOrigin: .zero)

  /// One turn of a loop for two links.
  private func turn(_ left: Link, _ right: Link, heard: (MessageBatch) -> Void) throws {
    var set = PollSet()
    left.watch(in: &set, takesMessages: true)
    right.watch(in: &set, takesMessages: true)
    try set.wait(atMost: .seconds(30))
    for link in [left, right] {
      link.read(set, now: now) { messages in
        heard(messages)
        return true
      }
      link.write(now: now)
    }
  }

  @Test("All that is said is heard, and both say goodbye")
  func conversation() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    let left = Link(ends.dialled, to: address, peer: "right", conversation: PlainConversation(manner: .person))
    let right = Link(ends.accepted, to: address, peer: "left", conversation: PlainConversation(manner: .person))
    let line = [UInt8](repeating: 0x78, count: 60_000)
    for _ in 0..<4 { left.conversation.say(line) }
    left.conversation.leave(now: now)
    left.write(now: now)
    var heard = 0
    while left.conversation.ending == nil || right.conversation.ending == nil {
      try turn(left, right) { heard += $0.bytes.count }
    }
    #expect(heard == 4 * 60_001)
    #expect(left.conversation.ending == .goodbye)
    #expect(right.conversation.ending == .goodbye)
    #expect(right.conversation.peerLeftFirst)
    #expect(left.fault == nil)
  }

  @Test("A link that is gone with things unread is broken, and says what broke it")
  func reset() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    let left = Link(ends.dialled, to: address, peer: "right", conversation: PlainConversation(manner: .person))
    left.conversation.say("never read".utf8)
    left.write(now: now)
    // Closed with bytes unread: the other side gets an error instead of an end.
    ends.accepted.close()
    var set = PollSet()
    left.watch(in: &set, takesMessages: true)
    try set.wait(atMost: .seconds(30))
    left.read(set, now: now) { _ in true }
    #expect(left.conversation.ending == .broken)
    #expect(left.fault == SystemError(call: "recv", code: ECONNRESET))
    let farewell = Farewell(left, .broken, input: nil)
    #expect(farewell.status == .undelivered)
  }

  @Test("Without room for messages the link is not read")
  func backpressure() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    _ = try ends.accepted.send(Array("hello\n".utf8)[...])
    let left = Link(ends.dialled, to: address, peer: "right", conversation: PlainConversation(manner: .person))
    var set = PollSet()
    left.watch(in: &set, takesMessages: false)
    try set.wait(atMost: .zero)
    left.read(set, now: now) { _ in true }
    #expect(left.conversation.linesHeard == 0)
    left.watch(in: &set, takesMessages: true)
    try set.wait(atMost: .seconds(30))
    left.read(set, now: now) { _ in true }
    #expect(left.conversation.linesHeard == 1)
  }
}

@MainActor
@Suite("Strangers are told that we are busy", .serialized, .leavesNoDescriptor)
struct StrangersTests {
  private let directory = TemporaryDirectory()
  private let now = Instant(sinceOrigin: .seconds(100))

  private func hear(_ socket: borrowing Socket) throws -> String {
    var heard: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1000)
    while case .moved(let count) = try socket.receive(into: &buffer) { heard += buffer[..<count] }
    return String(decoding: heard, as: UTF8.self)
  }

  private func step(_ strangers: Strangers, now: Instant) throws {
    var set = PollSet()
    strangers.watch(in: &set)
    try set.wait(atMost: .zero)
    strangers.step(set, now: now)
  }

  @Test("One hears the busy line and the end, and is let go when it closes")
  func closes() throws {
    let ends = try Ends(in: directory)
    let strangers = Strangers()
    #expect(strangers.deadline == nil)
    let wasTold = strangers.turnAway(ends.accepted, now: now)
    #expect(wasTold)
    #expect(strangers.deadline == now + Limits.turnAwayWait)
    #expect(try hear(ends.dialled) == PlainConversation.busyLine + "\n")
    // What it says meanwhile is not heeded.
    _ = try ends.dialled.send(Array("but I\n".utf8)[...])
    try step(strangers, now: now)
    #expect(strangers.deadline != nil)
    ends.dialled.close()
    try step(strangers, now: now)
    #expect(strangers.deadline == nil)
  }

  @Test("One that stays is let go when its time is over")
  func stays() throws {
    let ends = try Ends(in: directory)
    let strangers = Strangers()
    let wasTold = strangers.turnAway(ends.accepted, now: now)
    #expect(wasTold)
    try step(strangers, now: now + (Limits.turnAwayWait - .nanoseconds(1)))
    #expect(strangers.deadline != nil)
    try step(strangers, now: now + Limits.turnAwayWait)
    #expect(strangers.deadline == nil)
    #expect(ends.dialled.number >= 0)
  }

  @Test("Beyond so many at a time one is closed without a word")
  func tooMany() throws {
    let strangers = Strangers()
    for _ in 0..<Limits.turnedAwayMax {
      let ends = try Ends(in: directory)
      let wasTold = strangers.turnAway(ends.accepted, now: now)
      #expect(wasTold)
    }
    let ends = try Ends(in: directory)
    let wasTold = strangers.turnAway(ends.accepted, now: now)
    #expect(!wasTold)
    #expect(try hear(ends.dialled) == "")
  }
}
