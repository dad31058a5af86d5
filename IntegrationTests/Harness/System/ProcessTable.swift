import CHarness
import Glibc

/// Processes as Linux tells about them in /proc.
enum ProcessTable {
  struct Entry {
    let pid: pid_t
    let parent: pid_t
    let name: String
    let state: Character

    var isZombie: Bool { state == "Z" }
  }

  /// All processes this one may see.
  static func all() -> [Entry] {
    FileTree.names(in: "/proc").compactMap { pid_t($0) }.compactMap(entry)
  }

  static func entry(_ pid: pid_t) -> Entry? {
    guard let content = FileTree.read("/proc/\(pid)/stat") else { return nil }
    let line = String(decoding: content, as: UTF8.self)
    // The name stands in parentheses and may hold anything, parentheses too; what follows the last one is regular.
    guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")") else { return nil }
    let rest = line[line.index(after: close)...].split(separator: " ")
    guard rest.count > 1, let state = rest[0].first, let parent = pid_t(rest[1]) else { return nil }
    return Entry(pid: pid, parent: parent, name: String(line[line.index(after: open)..<close]), state: state)
  }

  /// The children of a process, of each of its threads. Linux lists them where it is built with
  /// CONFIG_PROC_CHILDREN; elsewhere all processes are asked for their parent.
  static func children(of pid: pid_t) -> [Entry] {
    let lists = FileTree.names(in: "/proc/\(pid)/task").compactMap { FileTree.read("/proc/\(pid)/task/\($0)/children") }
    if lists.isEmpty { return all().filter { $0.parent == pid } }
    return lists.flatMap { $0.split(separator: 0x20) }.compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }
      .compactMap(entry)
  }

  /// Ends a child of this process, whatever it takes, and waits until it is gone.
  static func end(_ pid: pid_t) {
    _ = kill(pid, SIGKILL)
    harness_reap(pid)
  }

  /// The command line as a person would type it.
  static func command(_ pid: pid_t) -> String? {
    guard let content = FileTree.read("/proc/\(pid)/cmdline"), !content.isEmpty else { return nil }
    return content.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
  }

  /// The files that its descriptors are open on, by number.
  static func descriptors(_ pid: pid_t) -> [(number: Int, target: String)] {
    FileTree.names(in: "/proc/\(pid)/fd").compactMap(Int.init).sorted().compactMap { number in
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = readlink("/proc/\(pid)/fd/\(number)", &target, target.count - 1)
      guard length > 0 else { return nil }
      return (number, target.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }
  }

  /// The most memory it ever had resident, in bytes; nil once it has ended.
  static func peakResidentBytes(_ pid: pid_t) -> Int? {
    guard let content = FileTree.read("/proc/\(pid)/status") else { return nil }
    for line in String(decoding: content, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
        $0 * 1024
      }
    }
    return nil
  }

  /// The process and all it started, as long as their parents live; each parent before its children.
  static func tree(_ pid: pid_t) -> [pid_t] { [pid] + children(of: pid).flatMap { tree($0.pid) } }

  /// The TCP ports on which a process listens, in the order of its descriptors; when it listens on none, those of
  /// the processes it started.
  static func listeningPorts(ofTree pid: pid_t) -> [UInt16] {
    let own = listeningPorts(pid)
    return own.isEmpty ? children(of: pid).flatMap { listeningPorts(ofTree: $0.pid) }.withoutRepetitions : own
  }

  private static func listeningPorts(_ pid: pid_t) -> [UInt16] {
    sockets(pid).filter(\.isListening).map(\.port).withoutRepetitions
  }

  /// Its TCP sockets, in the order of their descriptors.
  static func sockets(_ pid: pid_t) -> [SocketTable.Socket] {
    let inodes = descriptors(pid).compactMap { descriptor -> Substring? in
      guard descriptor.target.hasPrefix("socket:[") else { return nil }
      return descriptor.target.dropFirst("socket:[".count).dropLast()
    }
    guard !inodes.isEmpty else { return [] }
    let table = SocketTable(of: pid).sockets
    return inodes.flatMap { inode in table.filter { $0.inode == inode } }
  }
}

extension [UInt16] {
  fileprivate var withoutRepetitions: [UInt16] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
