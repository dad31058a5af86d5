import TestSupport
import Testing

@testable import Sockets

@Suite("This machine", .opensDescriptors)
struct LocalMachineTests {
  @Test("goes by the name the kernel has for it")
  func name() throws {
    let kernel = try #require(TextFile.read("/proc/sys/kernel/hostname"))
    #expect(LocalMachine.hostName.map { $0 + "\n" } == kernel)
  }
}
