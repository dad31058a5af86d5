import Glibc

/// The TCP sockets of one network namespace, as /proc/PID/net/tcp and tcp6 list them.
struct SocketTable {
  struct Socket {
    /// Its mark among all others: the number of its file.
    let inode: Substring
    let port: UInt16
    let remotePort: UInt16
    let isListening: Bool
    /// Bytes that were written and not acknowledged, and bytes that arrived and were not read.
    let unacknowledged: Int
    let unread: Int
    let retransmissions: Int
  }

  let sockets: [Socket]

  init(of pid: pid_t) {
    sockets = ["tcp", "tcp6"].compactMap { FileTree.read("/proc/\(pid)/net/\($0)") }
      .flatMap { Self.sockets(in: String(decoding: $0, as: UTF8.self)) }
  }

  /// Columns: 1 and 2 the addresses and ports, 3 the state (0A listens), 4 the two queues, 6 the retransmissions, all
  /// in hexadecimal; 9 the inode.
  static func sockets(in table: String) -> [Socket] {
    table.split(separator: "\n").compactMap { line in
      let columns = line.split(separator: " ")
      guard columns.count > 9, let port = Self.port(columns[1]), let remote = Self.port(columns[2]) else { return nil }
      let queues = columns[4].split(separator: ":").compactMap { Int($0, radix: 16) }
      guard queues.count == 2 else { return nil }
      // An end takes a place in the queues as if it were a byte: one that was received in CLOSE_WAIT (08), one that was
      // sent in FIN_WAIT1 (04), either in LAST_ACK (09) and CLOSING (0B).
      let ends = (sent: ["04", "09", "0B"].contains(columns[3]), received: ["08", "09", "0B"].contains(columns[3]))
      return Socket(
        inode: columns[9], port: port, remotePort: remote, isListening: columns[3] == "0A",
        unacknowledged: max(0, queues[0] - (ends.sent ? 1 : 0)), unread: max(0, queues[1] - (ends.received ? 1 : 0)),
        retransmissions: Int(columns[6], radix: 16) ?? 0)
    }
  }

  private static func port(_ address: Substring) -> UInt16? {
    address.split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
  }
}

extension SocketTable.Socket {
  /// The words of a report about it; nil when nothing waits in it.
  var troubles: String? {
    let facts = [
      (unacknowledged, "\(Words.count(unacknowledged, "byte")) not acknowledged"),
      (unread, "\(Words.count(unread, "byte")) not read"),
      (retransmissions, "sent again \(Words.count(retransmissions, "time"))"),
    ].filter { $0.0 > 0 }.map(\.1)
    guard !isListening, !facts.isEmpty else { return nil }
    return "its socket from port \(port) to port \(remotePort): \(facts.joined(separator: ", "))"
  }
}
