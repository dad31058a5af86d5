import TestSupport
import Testing

@testable import Sockets

@Suite("This machine", .opensDescriptors)
struct HostTests {
  @Test("goes by the name the kernel has for it")
  func name() throws {
    let kernel = try #require(TextFile.read("/proc/sys/kernel/hostname"))
    #expect(Host.name.map { $0 + "\n" } == kernel)
  }
}
