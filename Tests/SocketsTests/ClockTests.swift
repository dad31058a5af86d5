import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("The clocks", .serialized, .leavesNoDescriptor)
struct ClockTests {
  @Test("The boot clock is the one that the kernel counts its uptime by, sleep included")
  func boot() throws {
    let before = BootClock.now()
    let uptime = try #require(Double(TextFile.read("/proc/uptime")?.split(separator: " ").first ?? ""))
    // The file has hundredths of a second.
    #expect(before <= .seconds(uptime + 0.01) && .seconds(uptime) <= BootClock.now())
  }

  @Test("A sleep shows as the boot clock running ahead, once for each sleep")
  func sleep() {
    var detector = SuspensionDetector(monotonic: .seconds(100), boot: .seconds(250))
    let looks: [(monotonic: Duration, asleep: Duration)] = [
      (.seconds(9000), .seconds(150)), (.seconds(9001), .milliseconds(150_999)), (.seconds(9002), .seconds(151)),
      (.seconds(9003), .seconds(151)), (.seconds(9004), .seconds(90_000)),
    ]
    let slept = looks.map { detector.hasSlept(monotonic: $0.monotonic, boot: $0.monotonic + $0.asleep) }
    #expect(slept == [false, false, true, false, true])
  }

  @Test("The watch for a sleep keeps still while the machine is awake")
  func awake() throws {
    var watch = try SuspensionWatch()
    var set = PollSet()
    set.watch(watch.number, for: .reading)
    try set.wait(atMost: .zero)
    #expect(set.readiness(of: watch.number).isEmpty)
    let hasSlept = watch.takeSuspension()
    #expect(!hasSlept)
  }
}
