import Glibc

/// Standard error as a journal's reader may leave it: full. It is written to without ever holding up a loop.
///
/// It may be shared with other programs, so it must not be made nonblocking. What poll(2) calls writable takes PIPE_BUF
/// bytes without blocking (pipe(7)).
public enum ErrorStream {
  private static let number: CInt = 2
  /// How much of a text one call takes at most.
  public static let pieceBytes = Int(PIPE_BUF)

  /// Writes as much of the first ``pieceBytes`` of `bytes` as it takes now.
  /// - Returns: how many were taken; all of them when nobody reads any more.
  public static func write(_ bytes: ArraySlice<UInt8>) -> Int {
    var entry = pollfd(fd: number, events: CShort(POLLOUT), revents: 0)
    guard poll(&entry, 1, 0) > 0 else { return 0 }
    switch try? SystemCalls.write(number, bytes.prefix(pieceBytes)) {
    case .moved(let count): return count
    case .wouldBlock: return 0
    case .endOfStream, nil: return bytes.count
    }
  }
}
