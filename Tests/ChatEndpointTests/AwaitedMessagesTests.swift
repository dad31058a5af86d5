import ChatProtocol
import MessageStore
import Testing

@testable import ChatEndpoint

@Suite("Messages that a program waits for")
struct AwaitedMessagesTests {
  private func message(_ number: UInt64) -> AcceptedMessage {
    AcceptedMessage(id: CallerID([0x78]), name: MessageName(Incarnation(1), number), isRepeated: false)
  }

  @Test("are given in order, as far as the peer has them, however many there are")
  func order() {
    var awaited = AwaitedMessages()
    var next: UInt64 = 1
    for reached in [0, 3, 3, 5_000, 5_001, 20_000] as [UInt64] {
      while awaited.count < 6_000, awaited.count + Int(next) <= 20_000 {
        awaited.append(message(next + UInt64(awaited.count)))
      }
      while let taken = awaited.takeFirst(if: { $0.name.number <= reached }) {
        #expect(taken == message(next))
        next += 1
        if next + UInt64(awaited.count) <= 20_000 { awaited.append(message(next + UInt64(awaited.count))) }
      }
      #expect(next == reached + 1)
    }
    #expect(awaited.count == 0 && awaited.takeFirst { _ in true } == nil)
  }

  @Test("can be forgotten")
  func forgotten() {
    var awaited = AwaitedMessages()
    awaited.append(message(1))
    awaited.removeAll()
    #expect(awaited.count == 0 && awaited.takeFirst { _ in true } == nil)
  }
}
