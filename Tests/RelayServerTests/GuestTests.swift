import Glibc
import RelayCore
import Sockets
import TestSupport
import Testing

@testable import RelayServer

@Suite("The bytes that wait for a guest", .leavesNoDescriptor)
struct GuestTests {
  @Test("The memory they take is counted as allocated, and given back as they go")
  func memory() throws {
    let listener = try Listener(at: [SocketAddress.loopback(port: 0)])
    let peer = try TestGuest(port: listener.addresses[0].port, receiveBuffer: 4096)
    let guest = Guest(GuestLink(try accept(from: listener), from: listener.addresses[0]), slot: 0)
    var sendBuffer: CInt = 4096
    setsockopt(guest.number, SOL_SOCKET, SO_SNDBUF, &sendBuffer, socklen_t(MemoryLayout<CInt>.size))
    let total = 4 << 20
    guest.park([UInt8](repeating: 1, count: total))
    #expect(guest.flush() == nil)
    #expect(guest.parkedCount < total && guest.parkedMemory >= total)
    while guest.parkedCount > 0 {
      let before = guest.parkedCount
      _ = try peer.swallow(min(before, 1024))
      #expect(guest.flush() == nil)
      // At most as much again is taken and not given back; a page or two is the allocator's.
      #expect(guest.parkedMemory <= 2 * guest.parkedCount + 8192)
    }
    #expect(guest.parkedMemory == 0)
  }

  @Test("A hang-up on a socket file is no break, wherever the load balancer there says that the guest comes from")
  func hangUp() throws {
    let address = try SocketAddress(unixPath: "/balancer")
    for stated in [address, SocketAddress.loopback(port: 4711)] {
      let link = GuestLink(try Socket(address.family), from: address)
      link.setAddress(stated)
      let guest = Guest(link, slot: 0)
      guest.note([.readable, .ended, .hungUp])
      #expect(guest.hasEnded && !guest.isHungUp)
    }
  }

  private func accept(from listener: Listener) throws -> Socket {
    while true {
      if let accepted = try listener.accept(on: listener.numbers[0]) { return accepted.take() }
    }
  }
}
