import ChatProtocol
import RelayCore
import Sockets

/// Lines for the operator, on their way to standard error. Any thread adds; one thread writes, as far as standard error
/// takes them, so that a reader that stands still holds up nobody. What does not fit is counted.
final class Journal: Sendable {
  private struct State {
    var lines: [String] = []
    var lost = 0
  }
  private let state = Lock(State())
  private let waker: Waker

  init() throws(SystemError) { waker = try Waker() }

  /// For interest in readiness: readable when a line was added.
  var number: CInt { waker.number }

  /// Adds a line. Control characters in it are escaped: a peer chooses the path of its socket file.
  func add(_ line: String) {
    let line = Journal.escaped(line)
    state.withLock {
      if $0.lines.count < RelayLimits.journalLinesMax { $0.lines.append(line) } else { $0.lost += 1 }
    }
    waker.wake()
  }

  private static func escaped(_ line: String) -> String {
    func isFit(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
      default: true
      }
    }
    guard !line.unicodeScalars.allSatisfy(isFit) else { return line }
    return line.unicodeScalars.reduce(into: "") {
      if isFit($1) { $0.unicodeScalars.append($1) } else { $0 += "\\u{\(String($1.value, radix: 16))}" }
    }
  }

  /// Takes note that lines were added.
  func clear() { waker.clear() }

  /// All lines so far, each with its line feed.
  func take() -> [UInt8] {
    var (lines, lost) = state.withLock { state in
      defer { state = State() }
      return (state.lines, state.lost)
    }
    if lost > 0 { lines.append("\(lost) lines were not written: standard error was not read") }
    return lines.reduce(into: []) { $0 += "tincan relay: \($1)\n".utf8 }
  }
}
