import Testing

@testable import ChatProtocol
@testable import RelayCore

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

  @Test("The relay's bounds fit together, and are what its page says")
  func relay() {
    // The longest JOIN, its line feed included.
    #expect("TINCAN/1 JOIN \n".utf8.count + PreambleLimits.roomBytesMax <= PreambleLimits.lineBytesMax)
    #expect(PreambleLimits.lineBytesMax < RelayLimits.readBytesTight)
    #expect(RelayLimits.readBytesTight <= RelayLimits.readBytesMax)
    #expect(RelayLimits.readBytesMax <= RelayLimits.parkedBytesHigh)
    #expect(PreambleLimits.waitInterval < PreambleLimits.waitSilence)
    #expect(RelayLimits.survivorLook < RelayLimits.survivorPatience)
    #expect(RelayLimits.readBytesMax == 256 << 10)
    for threads in [1, 2, 16, 256] {
      let parting = threads * RelayLimits.partingsMax(threads: threads)
      #expect(parting >= min(RelayLimits.partingsMax, 4 * threads))
      #expect(
        RelayLimits.descriptorsReserved(threads: threads) >= parting + 2 * threads + RelayLimits.metricsVisitorsMax)
    }
  }

  @Test("The busy line is a line: short, ASCII, without a line feed")
  func busyLine() {
    let line = PlainSession.busyLine
    #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    #expect(line.utf8.count < 128)
  }
}
