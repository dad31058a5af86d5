import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite(
  "Reports of changed addresses and routes", .serialized, .leavesNoDescriptor,
  .enabled(if: Namespace.networkIsPossible && canChangeNetworks, "needs a network of its own, and ip(8)"))
struct NetworkChangesTests {
  /// The reports of a network of the test's own, after each command.
  private func reports(after commands: [String]) throws -> [Bool] {
    let result = Namespace.withNetwork { () -> Result<[Bool], any Error> in
      Result {
        let changes = try NetworkChanges()
        return try [changes.take()]
          + commands.map { command in
            try change(command)
            return changes.take()
          }
      }
    }
    return try #require(result).get()
  }

  @Test("come for new and lost addresses and routes, once for each look, and for nothing else")
  func changes() throws {
    let four = [
      "ip addr add 192.0.2.1/24 dev lo", "ip route add 198.51.100.0/24 dev lo", "ip route del 198.51.100.0/24", "true",
    ]
    let six = ["ip addr add 2001:db8::1/128 dev lo", "ip route add 2001:db8:1::/64 dev lo", "true"]
    #expect(
      try reports(after: ["ip link set lo up", "true"] + four + ["ip addr del 192.0.2.1/24 dev lo"])
        == [false, true, false, true, true, true, false, true])
    guard hasIPv6 else { return }
    #expect(try reports(after: ["ip link set lo up"] + six) == [false, true, true, true, false])
  }

  @Test("that the kernel has no room for count as changes")
  func overflow() throws {
    let result = Namespace.withNetwork { () -> Result<(Bool, Bool), any Error> in
      Result {
        let changes = try NetworkChanges()
        var least: CInt = 0
        setsockopt(changes.number, SOL_SOCKET, SO_RCVBUF, &least, socklen_t(MemoryLayout<CInt>.size))
        try change("ip link set lo up; for i in $(seq 200); do ip addr add 192.0.2.$i/32 dev lo; done")
        guard pendingError(of: changes.number) == ENOBUFS else { throw Missing(what: "an overflow") }
        try change("ip addr add 192.0.3.1/32 dev lo")
        // Taking the error above was the first look. Those after it find the rest, then nothing.
        let first = changes.take()
        return (first, changes.take())
      }
    }
    let (first, second) = try #require(result).get()
    #expect(first && !second)
  }

  @Test("make the descriptor readable")
  func readable() throws {
    let result = Namespace.withNetwork { () -> Result<Readiness, any Error> in
      Result {
        let changes = try NetworkChanges()
        var set = PollSet()
        set.watch(changes.number, for: .reading)
        try set.wait(atMost: .zero)
        guard set.readiness(of: changes.number).isEmpty else { throw Missing(what: "silence") }
        try change("ip link set lo up")
        return try wait(for: changes.number, .reading)
      }
    }
    #expect(try #require(result).get() == .readable)
  }
}

/// Whether this machine has the program that changes a network.
private let canChangeNetworks = run("command -v ip >/dev/null")

/// Changes the network by a command. Errors are thrown, because the thread of a network belongs to no test.
private func change(_ command: String) throws {
  guard run(command) else { throw Missing(what: command) }
}

/// Runs a command of the shell, silently.
/// - Returns: whether it ended well.
private func run(_ command: String) -> Bool { system("{ \(command); } >/dev/null 2>&1") == 0 }

private func pendingError(of number: CInt) -> CInt {
  var error: CInt = 0
  var length = socklen_t(MemoryLayout<CInt>.size)
  getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &length)
  return error
}
