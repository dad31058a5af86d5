import Testing

@testable import ChatProtocol

@Suite("The limits fit together")
struct LimitsTests {
  @Test("The relations the code relies on hold")
  func relations() { Limits.check() }

  // What others were told: changing one of these changes the promise, not only the code.
  @Test("A message is 64 KiB of UTF-8, and so is the most one read takes")
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
