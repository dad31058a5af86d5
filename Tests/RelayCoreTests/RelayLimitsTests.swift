import Testing

@testable import ChatProtocol
@testable import RelayCore

@Suite("The relay's bounds")
struct RelayLimitsTests {
  // These are promised in the manual: to change one changes the promise, not only the code.
  @Test("They are what the manual says")
  func published() {
    #expect(RelayLimits.readBytesMax == 256 << 10)
    #expect(RelayLimits.parkedMemoryHigh == 64 << 20)
    #expect(RelayLimits.refusedMax == 128)
    #expect(RelayLimits.preambleTime == .seconds(10))
    #expect(RelayLimits.roomTime == .seconds(86_400))
    #expect(RelayLimits.connectionsPerMinute == 120 && RelayLimits.withoutPartnerPerSource == 32)
  }

  @Test("Each thread can refuse some guests, and has descriptors for them", arguments: [1, 2, 16, 256])
  func refused(threads: Int) {
    let refused = threads * RelayLimits.refusedMax(threads: threads)
    #expect(refused >= min(RelayLimits.refusedMax, 4 * threads))
    #expect(
      RelayLimits.descriptorsReserved(threads: threads) >= refused + 2 * threads + RelayLimits.metricsClientsMax)
  }

  @Test("Guests follow the limits on descriptors and on memory, whichever is smaller")
  func guests() {
    #expect(RelayLimits.guests(descriptors: 20_000, memory: nil) == 20_000)
    #expect(RelayLimits.guests(descriptors: 20_000, memory: 128 << 20) == 4096)
    #expect(RelayLimits.guests(descriptors: 20_000, memory: 2 << 30) == 20_000)
    #expect(RelayLimits.guests(descriptors: 20_000, memory: 1) == 2)
  }

  @Test("What slow readers leave waiting follows a limit on memory, and one read fits")
  func parked() {
    #expect(RelayLimits.parkedMemoryHigh(threads: 4, memory: nil) == 64 << 20)
    #expect(RelayLimits.parkedMemoryHigh(threads: 4, memory: 64 << 20) == 4 << 20)
    #expect(RelayLimits.parkedMemoryHigh(threads: 256, memory: 64 << 20) == RelayLimits.readBytesMax)
  }
}
