import Glibc

/// Standard error, written to without ever waiting for its reader.
///
/// Bytes that it does not take at once wait here, up to 64 KiB. Lines beyond that are counted, and one line gives the
/// count as soon as there is room. So a flood of callers can neither block a loop nor fill the memory. A standard error
/// that cannot be written to is used as `/dev/null` is: nobody is left to be informed of it.
public enum StandardError {
  /// How much waits at most, in bytes: as much again as a pipe holds.
  private static let waitingBytesMax = 64 * 1024
  /// How long `finish` waits for the reader.
  private static let finishTimeout = Duration.seconds(1)

  private static let stream = try? NonblockingStream(inheriting: 2, for: .writing)
  private static let queue = Lock(StandardErrorQueue(bytesMax: waitingBytesMax))

  // MARK: Lines that wait

  /// Writes a text that ends with a line feed, now or when there is room.
  public static func write(_ text: String) {
    queue.withLock {
      $0.flush(by: writeNow)
      $0.append(text)
      $0.flush(by: writeNow)
    }
  }

  /// The descriptor to watch for ``Interest/writing`` while something waits; nil while nothing does.
  public static var waitsFor: CInt? { queue.withLock { $0.isEmpty ? nil : stream?.number } }

  /// Writes what waits, as far as there is room.
  public static func flush() { queue.withLock { $0.flush(by: writeNow) } }

  /// Writes what waits before the program ends, for a second at most.
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
