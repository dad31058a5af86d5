import Testing

@testable import Harness

/// Facts that are read from the kernel's own lists.
struct KernelFactsTests {
  @Test func `Counters stand below their names, group by group`() {
    let text = """
      TcpExt: SyncookiesSent ListenDrops TCPAbortOnMemory
      TcpExt: 1 2 3
      IpExt: InNoRoutes ListenDrops
      IpExt: 4 5

      """
    #expect(KernelFacts.counters(in: text) == ["SyncookiesSent": 1, "ListenDrops": 2, "TCPAbortOnMemory": 3])
  }

  @Test func `A socket is told with what waits in it`() throws {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
         1: 0100007F:0277 0100007F:9C40 01 0000000A:00000001 01:00000014 00000002     0        0 12 1 0 20 4 0 10 -1
         2: 0100007F:0277 0100007F:9C40 08 00000000:00000001 01:00000014 00000000     0        0 13 1 0 20 4 0 10 -1
      """
    let sockets = SocketTable.sockets(in: table)
    #expect(sockets.count == 3)
    #expect(sockets[2].troubles == nil)
    let listening = try #require(sockets.first)
    #expect(listening.isListening && listening.port == 631 && listening.inode == "11" && listening.troubles == nil)
    #expect(
      sockets[1].troubles
        == "its socket from port 631 to port 40000: 10 bytes not acknowledged, 1 byte not read, sent again 2 times")
  }
}
