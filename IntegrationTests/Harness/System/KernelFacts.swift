import Glibc

/// The kernel's counts of connections that it gave up or could not take for reasons of its own: with it a report can
/// tell a machine in need from a program that is wrong. The counters are those of the whole network namespace.
struct KernelFacts {
  /// Of /proc/net/netstat, those that do not move on a machine that is well.
  private static let names = [
    "ListenOverflows", "ListenDrops", "TCPAbortOnMemory", "TCPAbortOnTimeout", "TCPAbortOnLinger", "TCPAbortFailed",
    "TCPMemoryPressures", "PruneCalled", "RcvPruned", "TCPRcvQDrop", "TCPBacklogDrop", "TCPZeroWindowDrop",
    "TCPReqQFullDrop", "TCPTimeouts", "TCPRetransFail",
  ]

  private let counters: [String: Int]

  init() {
    counters = Self.counters(in: FileTree.read("/proc/net/netstat").map { String(decoding: $0, as: UTF8.self) } ?? "")
  }

  /// Two lines for each group: `TcpExt:` with the names, then `TcpExt:` with the numbers.
  static func counters(in text: String) -> [String: Int] {
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    var counters: [String: Int] = [:]
    for (names, numbers) in zip(lines, lines.dropFirst()) where names.first == "TcpExt:" && numbers.first == "TcpExt:" {
      for (name, number) in zip(names, numbers).dropFirst() { counters[String(name)] = Int(number) }
    }
    return counters
  }

  /// The words of the report about the time since these facts were gathered.
  func report() -> String {
    let now = KernelFacts()
    let moved = Self.names.compactMap { name -> String? in
      let count = (now.counters[name] ?? 0) - (counters[name] ?? 0)
      return count > 0 ? "\(name) \(count)" : nil
    }
    let troubles = moved.isEmpty ? "no connection given up by the kernel" : moved.joined(separator: ", ")
    return "  the machine meanwhile: \(Self.machine()); \(troubles)\n"
  }

  private static func machine() -> String {
    var loads = [0.0]
    let load = getloadavg(&loads, 1) == 1 ? Int(loads[0] * 10) : 0
    let free = number(after: "MemAvailable:", in: "/proc/meminfo").map { ", \($0 / 1024) MB free" } ?? ""
    let used = number(after: "TCP:", in: "/proc/net/sockstat", skipping: 8)
    let memory = used.map { ", \($0) pages of TCP memory" } ?? ""
    return "load \(load / 10).\(load % 10) on \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors\(free)\(memory)"
  }

  /// The number that follows a word in a file, after so many other words.
  private static func number(after word: String, in path: String, skipping count: Int = 0) -> Int? {
    guard let content = FileTree.read(path) else { return nil }
    let words = String(decoding: content, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard let place = words.firstIndex(where: { $0 == word }) else { return nil }
    return words.dropFirst(place + 1 + count).first.flatMap { Int($0) }
  }
}
