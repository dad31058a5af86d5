import Testing

@testable import Sockets

@Suite("This machine")
struct HostTests {
  @Test("goes by the name the kernel has for it")
  func name() throws {
    let kernel = try FileReading.wholeText(of: "/proc/sys/kernel/hostname", limit: 1000)
    #expect(Host.name.map { $0 + "\n" } == kernel)
  }
}
