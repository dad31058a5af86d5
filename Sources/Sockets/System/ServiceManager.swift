import Basics
import CSystem
import Glibc

/// The exchange with a service manager such as systemd: it hands over sockets that listen already (sd_listen_fds(3)),
/// and is notified of our state (sd_notify(3)). Both are small protocols over the environment; no library is needed.
public enum ServiceManager {
  /// The listening sockets handed to this process, with their names. They begin at descriptor 3.
  /// The variables are removed, so that no program we start takes them for its own.
  /// - Returns: none when they are not for this process; nil when the variables make no sense.
  public static func takeListeners() -> [(number: CInt, name: String)]? {
    defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
    guard number("LISTEN_PID") == getpid(), value("LISTEN_FDS") != nil else { return [] }
    guard let count: CInt = number("LISTEN_FDS"), (0...listenersMax).contains(count) else { return nil }
    let names = value("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false).map(String.init) ?? []
    return (0..<count).map { (3 + $0, Int($0) < names.count ? names[Int($0)] : "") }
  }

  /// Sockets that may be handed over: more than a relay has uses for.
  public static let listenersMax: CInt = 64

  /// How long to wait for room for a notification: "ready" must arrive, but a service manager must not block us.
  private static let notifyWaitMilliseconds: CInt = 1000

  /// Sends the state of this process, such as `READY=1`. Nothing happens when nobody asked for it, and a notification
  /// that finds no room in time is dropped.
  public static func notify(_ state: String) {
    guard let path = value("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else { return }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    // A leading @ stands for the zero byte of an abstract name (unix(7)).
    if name[0] == UInt8(ascii: "@") { name[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return }
    let descriptor = Descriptor(owning: number)
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor.number, $0, length) == 0 }
    }
    guard isConnected else { return }
    let bytes = Array(state.utf8)
    var room = pollfd(fd: descriptor.number, events: CShort(POLLOUT), revents: 0)
    _ = poll(&room, 1, notifyWaitMilliseconds)
    _ = send(descriptor.number, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
  }

  /// How often a service manager wants to be told that the program works (sd_watchdog_enabled(3)); nil when it does
  /// not.
  public static var watchdogInterval: Duration? {
    guard let microseconds: Int64 = number("WATCHDOG_USEC"), microseconds > 0 else { return nil }
    if value("WATCHDOG_PID") != nil, number("WATCHDOG_PID") != getpid() { return nil }
    return .microseconds(microseconds)
  }

  /// The number that a variable has in digits.
  private static func number<Number: FixedWidthInteger>(_ name: String) -> Number? {
    value(name).flatMap { Number(digits: $0.utf8) }
  }

  private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
