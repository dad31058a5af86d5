import ChatProtocol
import RelayCore
import Sockets

/// Lines for the operator, on their way to standard error. Any thread adds; one thread writes, as far as standard error
/// takes them, so that a reader that stands still holds up nobody. Lines that find no room are counted.
final class Journal: Sendable {
  private struct State {
    var style: JournalStyle
    var lines: [String] = []
    var lost = 0
  }
  private let state: Lock<State>
  private let waker: Waker

  init(_ style: JournalStyle = JournalStyle()) throws(SystemError) {
    state = Lock(State(style: style))
    waker = try Waker()
  }

  /// For interest in readiness: readable when a line was added.
  var number: CInt { waker.number }

  /// The style of the lines that are added from now on.
  func use(_ style: JournalStyle) { state.withLock { $0.style = style } }

  /// Adds a line of text.
  func add(_ text: String) { add(.note(text)) }

  /// Adds a line.
  func add(_ event: JournalEvent) {
    let now = UTCTime.now
    let style = state.withLock { $0.lines.count < RelayLimits.journalLinesMax ? $0.style : nil }
    // Made outside of the lock, which all threads share. A line that would not fit is not made at all.
    let line = style.map { event.line($0, now: now) }
    state.withLock {
      if let line, $0.lines.count < RelayLimits.journalLinesMax { $0.lines.append(line) } else { $0.lost += 1 }
    }
    waker.wake()
  }

  /// Takes note that lines were added.
  func clear() { waker.clear() }

  /// All lines so far, each with its line feed.
  func take() -> [UInt8] {
    var (lines, lost, style) = state.withLock { state in
      defer { state = State(style: state.style) }
      return (state.lines, state.lost, state.style)
    }
    if lost > 0 {
      let event = JournalEvent.note("\(lost) lines were not written: standard error was not read")
      lines.append(event.line(style, now: .now))
    }
    return lines.reduce(into: []) { $0 += $1.utf8 }
  }
}
