import Basics
import ChatProtocol
import Glibc
import Sockets
import TestSupport
import Testing

@testable import ChatEndpoint

@MainActor
@Suite("The table of links", .serialized, .leavesNoDescriptor)
struct LinkTableTests {
  private let directory = TemporaryDirectory()
  private let now = Instant(sinceOrigin: .seconds(100))
  private let table = LinkTable()

  private func receive(_ socket: borrowing Socket) throws -> String {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1000)
    while case .moved(let count) = try socket.receive(into: &buffer) { received += buffer[..<count] }
    return String(decoding: received, as: UTF8.self)
  }

  private func step(now: Instant) throws {
    var set = PollSet()
    table.watch(in: &set, reads: true, Conversation(party: .person))
    try set.wait(atMost: .zero)
    #expect(table.step(set, now: now).isEmpty)
  }

  private func admit(_ socket: consuming Socket, _ address: SocketAddress, isBusy: Bool, isRequested: Bool = false)
    -> String
  {
    let candidate = Candidate(socket, to: address, position: .first, isRequested: isRequested)
    return
      switch table.admit(candidate, isBusy: isBusy, { PlainSession(party: .person, peerMayBeBusy: $0) }, now: now)
    {
    case .current: "current"
    case .refused: "refused"
    case .dropped: "dropped"
    }
  }

  @Test("The first candidate becomes the current link, the next is refused")
  func admits() throws {
    let first = try Ends(in: directory)
    let address = first.address
    #expect(admit(first.accepted, address, isBusy: false) == "current")
    #expect(table.current != nil)
    let second = try Ends(in: directory)
    #expect(admit(second.accepted, address, isBusy: false) == "refused")
    #expect(try receive(second.dialled) == PlainSession.busyLine + "\n")
    // A link that this end asked for is closed without a busy line.
    let third = try Ends(in: directory)
    #expect(admit(third.accepted, address, isBusy: true, isRequested: true) == "dropped")
    #expect(try receive(third.dialled) == "")
    table.dropCurrent()
    _ = first.dialled.number
  }

  @Test("A refused caller receives the busy line and the end, and its link is closed when it closes")
  func closes() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    #expect(table.deadline == nil)
    #expect(admit(ends.accepted, address, isBusy: true) == "refused")
    #expect(table.deadline == now + Limits.answeredWait)
    #expect(try receive(ends.dialled) == PlainSession.busyLine + "\n")
    // Its bytes are discarded.
    _ = try ends.dialled.send(Array("but I\n".utf8)[...])
    try step(now: now)
    #expect(table.deadline != nil)
    ends.dialled.close()
    try step(now: now)
    #expect(table.deadline == nil)
  }

  @Test("The link of a refused caller that stays is closed when its time is over")
  func stays() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    #expect(admit(ends.accepted, address, isBusy: true) == "refused")
    try step(now: now + (Limits.answeredWait - .nanoseconds(1)))
    #expect(table.deadline != nil)
    try step(now: now + Limits.answeredWait)
    #expect(table.deadline == nil)
    #expect(ends.dialled.number >= 0)
  }

  @Test("Beyond the most refused callers at a time, a caller is closed without an answer")
  func tooMany() throws {
    for _ in 0..<Limits.answeredMax {
      let ends = try Ends(in: directory)
      let address = ends.address
      #expect(admit(ends.accepted, address, isBusy: true) == "refused")
    }
    let ends = try Ends(in: directory)
    let address = ends.address
    #expect(admit(ends.accepted, address, isBusy: true) == "dropped")
    #expect(try receive(ends.dialled) == "")
  }

  /// A conversation that ended by goodbye after sending.
  private let ended = EndedConversation(
    peerLabel: "bob", ending: .goodbye, peerLeftFirst: true, wasLeaving: false, acceptedCount: 1, sentCount: 1,
    receivedCount: 0, unsentCount: 0, inputRemains: false, endsProgram: false, linkError: nil)

  @Test("The next candidate becomes the current link while the old one closes and reports its outcome")
  func closing() throws {
    let first = try Ends(in: directory)
    let address = first.address
    _ = try first.accepted.send(Array("not read yet\n".utf8)[...])
    #expect(admit(first.accepted, address, isBusy: false) == "current")
    table.closeCurrent(ended, silence: .seconds(60), now: now)
    #expect(table.isClosing)
    let second = try Ends(in: directory)
    #expect(admit(second.accepted, address, isBusy: false) == "current")
    try step(now: now + .seconds(1))
    #expect(try receive(first.dialled) == "not read yet\n")
    var set = PollSet()
    try set.wait(atMost: .zero)
    let done = table.step(set, now: now + .seconds(2))
    #expect(done.map(\.isTaken) == [true])
    #expect(!table.isClosing)
    table.dropCurrent()
    _ = second.dialled.number
  }

  @Test("A link that was reset is not waited for, though its error was taken before")
  func resetBefore() throws {
    // Only TCP keeps the number of bytes. More are sent than the peer's kernel has room for.
    let ends = try Ends(at: RelayReachTests.loopback(0))
    let address = ends.address
    let bytes = [UInt8](repeating: 0, count: 1 << 20)
    while case .moved = try ends.accepted.send(bytes[...]) {}
    ends.dialled.resetAtClose()
    ends.dialled.close()
    #expect(try ends.accepted.takePendingError(of: "recv")?.code == ECONNRESET)
    #expect(admit(ends.accepted, address, isBusy: false) == "current")
    table.closeCurrent(ended, silence: .seconds(60), now: now)
    var set = PollSet()
    try set.wait(atMost: .zero)
    #expect(table.step(set, now: now).map(\.isTaken) == [false])
    #expect(!table.isClosing)
  }

  @Test("A peer that takes nothing while its link closes is reported")
  func notTaken() throws {
    let ends = try Ends(in: directory)
    let address = ends.address
    _ = try ends.accepted.send(Array("never read\n".utf8)[...])
    #expect(admit(ends.accepted, address, isBusy: false) == "current")
    table.closeCurrent(ended, silence: .seconds(60), now: now)
    try step(now: now + .seconds(59))
    var set = PollSet()
    try set.wait(atMost: .zero)
    let done = table.step(set, now: now + .seconds(61))
    #expect(done.map(\.isTaken) == [false])
    let outcome = ConversationOutcome(try #require(done.first).conversation, isTaken: false)
    #expect(outcome.status == .undelivered)
    #expect(outcome.sentence == "bob does not take it: what was sent last may not have arrived")
    _ = ends.dialled.number
  }
}
