import Basics
import Glibc

/// Standard error, written to without ever waiting for its reader.
///
/// What it does not take at once waits here, up to ``waitingBytesMax``. Further texts are counted, and one line gives the
/// count as soon as there is room. So a flood of callers can neither block a loop nor fill the memory. A standard error
/// that cannot be written to is used as `/dev/null` is: nobody is left to be informed of it.
public enum StandardError {
  /// How much waits at most, in bytes: as much again as a pipe holds.
  public static let waitingBytesMax = 64 * 1024
  /// How long ``finish()`` waits for the reader.
  public static let finishTimeout = Duration.seconds(1)

  private struct State {
    var waiting = ByteQueue()
    var linesDropped = 0
  }

  private static let stream = try? NonblockingStream(inheriting: 2, for: .writing)
  private static let state = Lock(State())

  // MARK: Lines that wait

  /// Writes a text that ends with a line feed, now or when there is room.
  public static func write(_ text: String) {
    state.withLock {
      flush(&$0)
      if $0.linesDropped > 0 || $0.waiting.count + text.utf8.count > waitingBytesMax {
        $0.linesDropped += text.utf8.count { $0 == UInt8(ascii: "\n") }
      } else {
        $0.waiting.append(text.utf8)
      }
      flush(&$0)
    }
  }

  /// The descriptor to watch for ``Interest/writing`` while something waits; nil while nothing does.
  public static var waitsFor: CInt? { state.withLock { $0.waiting.isEmpty ? nil : stream?.number } }

  /// Writes what waits, as far as there is room.
  public static func flush() { state.withLock { flush(&$0) } }

  /// Writes what waits before the program ends, for ``finishTimeout`` at most.
  public static func finish() {
    let deadline = MonotonicClock.now() + finishTimeout
    while let number = waitsFor {
      let rest = deadline - MonotonicClock.now()
      var set = PollSet()
      set.watch(number, for: .writing)
      guard rest > .zero, (try? set.wait(atMost: rest)) != nil else { return }
      flush()
    }
  }

  private static func flush(_ state: inout State) {
    while !state.waiting.isEmpty {
      let count = writeNow(state.waiting.bytes)
      state.waiting.take(count)
      guard state.waiting.isEmpty else { return }
      guard state.linesDropped > 0 else { return }
      let lines = "\(state.linesDropped) \(state.linesDropped == 1 ? "line was" : "lines were")"
      state.waiting.append("tincan: \(lines) not written: standard error was not read\n".utf8)
      state.linesDropped = 0
    }
  }

  // MARK: Bytes

  /// Writes as much of `bytes` as it takes now, and keeps nothing.
  /// - Returns: how many bytes were taken; all of them when nobody reads any more.
  public static func writeNow(_ bytes: ArraySlice<UInt8>) -> Int {
    guard let stream else { return bytes.count }
    switch try? stream.write(bytes) {
    case .moved(let count): return count
    case .wouldBlock: return 0
    case .endOfStream, nil: return bytes.count
    }
  }
}
