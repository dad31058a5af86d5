import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("A service manager", .serialized, .leavesNoDescriptor)
struct ServiceManagerTests {
  private func listeners(_ environment: [String: String]) -> [(number: CInt, name: String)]? {
    for (name, value) in environment { setenv(name, value, 1) }
    let listeners = ServiceManager.takeListeners()
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { #expect(getenv(name) == nil, "\(name) is left") }
    return listeners
  }

  @Test("Sockets handed to this process are told, with their names as far as there are some")
  func handedOver() throws {
    let found = try #require(
      listeners(["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "plain::more:than:there:are"]))
    #expect(found.map(\.number) == [3, 4, 5])
    #expect(found.map(\.name) == ["plain", "", "more"])
    let nameless = try #require(listeners(["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "1"]))
    #expect(nameless.map(\.name) == [""])
  }

  @Test(
    "What is for another process, or for nobody, is nothing",
    arguments: [
      [:], ["LISTEN_PID": "1", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "x", "LISTEN_FDS": "1"],
      ["LISTEN_PID": "+\(getpid())", "LISTEN_FDS": "1"],
    ])
  func notForUs(environment: [String: String]) throws { #expect(try #require(listeners(environment)).isEmpty) }

  @Test(
    "A number that makes no sense is told to be none",
    arguments: ["65", "-1", "+1", " 1", "1x", "", "99999999999999999999"])
  func nonsense(count: String) {
    #expect(listeners(["LISTEN_PID": "\(getpid())", "LISTEN_FDS": count]) == nil)
  }

  @Test(
    "It says how often it wants to be notified, in digits, and to which process",
    arguments: [
      ("5000000", nil, Duration.seconds(5)), ("5000000", "\(getpid())", .seconds(5)), ("1", nil, .microseconds(1)),
      ("5000000", "1", nil), ("5000000", "+\(getpid())", nil), ("5000000", "", nil), ("+5000000", nil, nil),
      ("-1", nil, nil), ("0", nil, nil), ("", nil, nil), ("5s", nil, nil), (nil, nil, nil),
    ] as [(String?, String?, Duration?)])
  func watchdog(interval: String?, process: String?, expected: Duration?) {
    if let interval { setenv("WATCHDOG_USEC", interval, 1) }
    if let process { setenv("WATCHDOG_PID", process, 1) }
    defer { for name in ["WATCHDOG_USEC", "WATCHDOG_PID"] { unsetenv(name) } }
    #expect(ServiceManager.watchdogInterval == expected)
  }

  @Test("It is told how we stand; one that does not listen, or is not there, holds nothing up")
  func notify() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("notify")
    let number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
    defer { close(number) }
    let bound = try SocketAddress(unixPath: path).withSockaddr { bind(number, $0, $1) }
    #expect(bound == 0)
    setenv("NOTIFY_SOCKET", path, 1)
    defer { unsetenv("NOTIFY_SOCKET") }
    ServiceManager.notify("READY=1\nSTATUS=here")
    var buffer = [UInt8](repeating: 0, count: 100)
    let count = recv(number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
    #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self) == "READY=1\nSTATUS=here")
    // One more than its queue holds, told by another way so that it does not wait.
    let filler = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
    defer { close(filler) }
    let isConnected = try SocketAddress(unixPath: path).withSockaddr { connect(filler, $0, $1) }
    #expect(isConnected == 0)
    while send(filler, "x", 1, 0) == 1 {}
    ServiceManager.notify("STATUS=busy")
    for nowhere in ["\(path)-not", "relative", String(repeating: "/x", count: 200)] {
      setenv("NOTIFY_SOCKET", nowhere, 1)
      ServiceManager.notify("READY=1")
    }
  }
}
