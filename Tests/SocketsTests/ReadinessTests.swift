import CSystem
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Readiness, as poll tells it and as we take it", .serialized, .leavesNoDescriptor)
struct ReadinessTests {
  @Test("Each event of poll means what the table says")
  func mapping() {
    let table: [(Int32, Readiness)] = [
      (0, []), (POLLIN, .readable), (POLLOUT, .writable), (POLLIN | POLLOUT, [.readable, .writable]),
      (POLLHUP, [.readable, .writable, .hungUp]), (POLLERR, [.readable, .writable, .hungUp]),
      (POLLIN | POLLHUP, [.readable, .writable, .hungUp]), (POLLOUT | POLLERR, [.readable, .writable, .hungUp]),
      (POLLPRI, []),
    ]
    for (events, expected) in table { #expect(Readiness(pollEvents: CShort(events)) == expected, "\(events)") }
  }

  @Test("Interest asks poll for what it names; a hang-up needs no asking")
  func interest() {
    let table: [(Interest, Int32)] = [
      ([], 0), (.reading, POLLIN), (.writing, POLLOUT), ([.reading, .writing], POLLIN | POLLOUT), (.hangUp, 0),
      ([.hangUp, .reading], POLLIN),
    ]
    for (interest, events) in table { #expect(interest.pollEvents == CShort(events), "\(interest)") }
  }

  /// The two ends of a pipe.
  private struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor
    init() {
      var ends: [CInt] = [-1, -1]
      precondition(csystem_pipe(&ends) == 0)
      reading = Descriptor(owning: ends[0])
      writing = Descriptor(owning: ends[1])
    }
    /// Closes the writing end.
    consuming func readingEnd() -> Descriptor { reading }
  }

  @Test("Only what is ready is reported, each descriptor by itself")
  func each() throws {
    let quiet = Pipe()
    let loud = Pipe()
    _ = try SystemCalls.write(loud.writing.number, [1])
    var set = PollSet()
    set.watch(quiet.reading.number, for: .reading)
    set.watch(loud.reading.number, for: .reading)
    set.watch(quiet.writing.number, for: .writing)
    try set.wait(atMost: nil)
    #expect(set.readiness(of: quiet.reading.number) == [])
    #expect(set.readiness(of: loud.reading.number) == .readable)
    #expect(set.readiness(of: quiet.writing.number) == .writable)
    #expect(set.readiness(of: loud.writing.number) == [], "it was not watched")
  }

  @Test("A descriptor nobody is interested in is left out, even when its other side is gone")
  func withoutInterest() throws {
    let reading = Pipe().readingEnd()
    let number = reading.number
    var set = PollSet()
    set.watch(number, for: [])
    // With the hang-up watched for, this would end at once with it; without, the time of zero ends it.
    try set.wait(atMost: .zero)
    #expect(set.readiness(of: number) == [])
    set.watch(number, for: .hangUp)
    try set.wait(atMost: nil)
    #expect(set.readiness(of: number).contains(.hungUp))
    set.removeAll()
    try set.wait(atMost: .zero)
    #expect(set.readiness(of: number) == [])
  }

  @Test("A hang-up with bytes still to be read says both")
  func hangUpWithBytes() throws {
    let pipe = Pipe()
    _ = try SystemCalls.write(pipe.writing.number, [1, 2, 3])
    let reading = pipe.readingEnd()
    let readiness = try wait(for: reading.number, .reading)
    #expect(readiness.isSuperset(of: [.readable, .hungUp]))
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(try SystemCalls.read(reading.number, into: &buffer) == .moved(3))
    #expect(try SystemCalls.read(reading.number, into: &buffer) == .endOfStream)
  }

  @Test(
    "A deadline has passed when the wait for it ends, and one in the past does not wait",
    arguments: [
      Duration.nanoseconds(1), .microseconds(1500), .zero, .seconds(-5),
    ])
  func roundsUp(timeout: Duration) throws {
    let start = MonotonicClock.now()
    var set = PollSet()
    try set.wait(atMost: timeout)
    #expect(MonotonicClock.now() - start >= timeout)
  }
}
