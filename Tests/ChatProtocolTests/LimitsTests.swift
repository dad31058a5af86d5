import Testing

@testable import ChatProtocol

@Suite("The limits fit together")
struct LimitsTests {
  @Test("The relations the code relies on hold")
  func relations() { Limits.check() }

  // The documents promise these numbers, so a change of one changes the promise, too.
  @Test("A message is at most 64 KiB of UTF-8, and a read takes as much")
  func published() {
    #expect(Limits.messageBytesMax == 65536)
    #expect(Limits.readBytesMax == 65536)
  }

  @Test("The busy line is a line: short, ASCII, without a line feed")
  func busyLine() {
    let line = PlainSession.busyLine
    #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    #expect(line.utf8.count < 128)
  }
}
