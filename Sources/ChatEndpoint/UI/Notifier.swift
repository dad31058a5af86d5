import Sockets
import Terminal

/// Runs the command of `--notify` when something happens.
///
/// The command is the user's and never changes: what happened is in its environment. One runs at a time; what comes
/// meanwhile is counted, and is one more run for each kind. So a flood of messages costs one process at a time.
struct Notifier {
  /// The event, by the names of docs/EVENTS.md.
  enum Event: String {
    case connected, message
  }

  private struct Notice {
    let event: Event
    var peer: String
    var count: Int
    var hasFocus: Bool?
  }

  private let command: String
  private var running: ChildProgram?
  /// At most one of each kind, in the order in which they came first.
  private var pending: [Notice] = []
  private var hasComplained = false

  init(command: String) { self.command = command }

  /// Whether something has happened that the command was not run for.
  var hasPending: Bool { !pending.isEmpty }

  /// Something happened.
  /// - Parameters:
  ///   - count: how often.
  ///   - hasFocus: whether the terminal has the focus; nil if nobody knows.
  mutating func add(_ event: Event, peer: String, count: Int, hasFocus: Bool?) {
    let peer = EscapedText.of(peer)
    if let index = pending.firstIndex(where: { $0.event == event }) {
      (pending[index].peer, pending[index].hasFocus) = (peer, hasFocus)
      pending[index].count += count
    } else {
      pending.append(Notice(event: event, peer: peer, count: count, hasFocus: hasFocus))
    }
  }

  /// Reaps a run that has ended, and begins the next.
  /// - Returns: a complaint about the command, once.
  mutating func step() -> String? {
    var complaint: String?
    if let endedWell = running?.hasEndedWell() {
      running = nil
      if !endedWell { complaint = "the command of --notify failed" }
    }
    if running == nil, !pending.isEmpty {
      let notice = pending.removeFirst()
      do throws(SystemError) {
        running = try ChildProgram(
          detached: command,
          environment: [
            ("TINCAN_EVENT", notice.event.rawValue), ("TINCAN_PEER", notice.peer), ("TINCAN_COUNT", "\(notice.count)"),
            ("TINCAN_FOCUS", notice.hasFocus.map { $0 ? "yes" : "no" } ?? "unknown"),
          ])
      } catch {
        complaint = "the command of --notify cannot be run: \(error)"
      }
    }
    guard complaint != nil, !hasComplained else { return nil }
    hasComplained = true
    return complaint
  }
}
