import CHarness
import Glibc

/// The work of a process that has others play scenarios and does nothing else: it heeds signals to stop, and when one
/// of those others dies, it ends the programs that one had started.
public final class Supervision {
  let interruption: Interruption

  /// Begins with it. Nil when the system does not let signals be waited for.
  public init?() {
    guard let interruption = Interruption(watchesInput: false) else { return nil }
    self.interruption = interruption
    harness_adopt_orphans()
  }

  /// The signal that asked to stop; nil as long as none did.
  public var signal: Int32? { interruption.signal }

  /// Ends this process by a signal, as if it had never been heeded: so whoever started it sees what happened.
  public static func end(by number: Int32) -> Never {
    harness_end_by(number)
    exit(128 + number)
  }

  /// Ends what has become a child of this process without being one of `known`.
  func endOrphans(known: [pid_t]) {
    while true {
      let orphans = ProcessTable.children(of: getpid()).filter { !known.contains($0.pid) }
      if orphans.isEmpty { return }
      for orphan in orphans { ProcessTable.end(orphan.pid) }
    }
  }
}
