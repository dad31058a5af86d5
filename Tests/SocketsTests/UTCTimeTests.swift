import Testing

@testable import Sockets

@Suite("Times of day")
struct UTCTimeTests {
  @Test("An earlier instant borrows a second where it must")
  func earlier() {
    let time = UTCTime(seconds: 1_000, nanoseconds: 250_000_000)
    #expect(time - .milliseconds(250) == UTCTime(seconds: 1_000))
    #expect(time - .milliseconds(251) == UTCTime(seconds: 999, nanoseconds: 999_000_000))
    #expect(time - .seconds(86_400) == UTCTime(seconds: -85_400, nanoseconds: 250_000_000))
  }

  @Test("RFC 3339 in milliseconds")
  func timestamp() {
    #expect(UTCTime(seconds: 0, nanoseconds: 999_999_999).timestamp == "1970-01-01T00:00:00.999Z")
    #expect(UTCTime(seconds: 1_709_210_096).timestamp == "2024-02-29T12:34:56.000Z")
  }
}

@Suite("What a process takes")
struct ProcessUsageTests {
  @Test("Descriptors are counted, memory is more than nothing, and time goes on")
  func usage() throws {
    let before = ProcessUsage.now
    let waker = try Waker()
    let after = ProcessUsage.now
    // Other tests open and close some meanwhile.
    #expect(try #require(after.openDescriptors) > 2)
    let memory = try #require(after.memory)
    #expect(memory.resident > 1 << 20 && memory.virtual >= memory.resident)
    #expect(after.processorSeconds >= before.processorSeconds && before.processorSeconds > 0)
    withExtendedLifetime(waker) {}
  }

  @Test("A thread's clock can be read by another, and ends with the thread")
  func threadClock() throws {
    let clock = Lock<ThreadClock?>(nil)
    let thread = try WorkerThread {
      let own = ThreadClock()
      clock.withLock { $0 = own }
    }
    thread.join()
    #expect(clock.withLock { $0 } != nil)
    #expect(try #require(ThreadClock()).seconds != nil)
  }
}
