import Glibc

/// The descriptors that one turn of a loop waits for, and the readiness that `poll` reported of each.
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

  /// Waits until something is ready, the time is over, or a signal comes.
  /// - Parameter timeout: nil waits for ever; a fraction of a millisecond is rounded up.
  public mutating func wait(atMost timeout: Duration?) throws(SystemError) {
    let count = try SystemCalls.waiting("poll") { poll(&entries, nfds_t(entries.count), timeout.milliseconds) }
    // After a signal the kernel has filled in nothing.
    if count == 0 { for index in entries.indices { entries[index].revents = 0 } }
  }

  /// The readiness of `descriptor` in the last wait; empty when it was not watched.
  public func readiness(of descriptor: CInt) -> Readiness {
    // A handful of descriptors: a search is cheaper than a table.
    entries.lazy.filter { $0.fd == descriptor }.reduce(into: Readiness()) {
      $0.formUnion(Readiness(pollEvents: $1.revents))
    }
  }
}
