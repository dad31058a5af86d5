import Glibc

/// The descriptors one turn of a loop waits for, and what `poll` said of each.
///
/// Filled anew each turn. A descriptor without interest is left out, because `poll` reports a hang-up even to those who
/// did not ask, and a loop that cannot act on it would spin.
public struct PollSet: ~Copyable {
  private var entries: [pollfd] = []

  public init() {}

  /// Forgets all descriptors.
  public mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Watches a descriptor in the next ``wait(atMost:)``. Watching nothing is allowed and leaves it out.
  public mutating func watch(_ descriptor: CInt, for interest: Interest) {
    guard !interest.isEmpty else { return }
    entries.append(pollfd(fd: descriptor, events: interest.pollEvents, revents: 0))
  }

  /// Waits until something is ready or the time is over.
  /// - Parameter timeout: nil waits for ever. A fraction of a millisecond is rounded up, so that a deadline has really
  ///   passed when the wait for it ends.
  public mutating func wait(atMost timeout: Duration?) throws(SystemError) {
    var milliseconds: CInt = -1
    if let timeout {
      let (seconds, attoseconds) = timeout.components
      let exact = Double(seconds) * 1000 + Double(attoseconds) / 1e15
      milliseconds = CInt(max(0, min(exact.rounded(.up), 86_400_000)))
    }
    do {
      _ = try entries.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
        // Not repeated after EINTR: the caller goes round and works out its timeout anew.
        let result = poll(buffer.baseAddress, nfds_t(buffer.count), milliseconds)
        if result < 0 { throw SystemError(call: "poll", code: errno) }
      }
    } catch  where error.code == EINTR {
      for index in entries.indices { entries[index].revents = 0 }
    }
  }

  /// What the last wait found on `descriptor`; empty when it was not watched.
  public func readiness(of descriptor: CInt) -> Readiness {
    // A handful of descriptors: a search is cheaper than a table.
    entries.lazy.filter { $0.fd == descriptor }.reduce(into: Readiness()) {
      $0.formUnion(Readiness(pollEvents: $1.revents))
    }
  }
}
