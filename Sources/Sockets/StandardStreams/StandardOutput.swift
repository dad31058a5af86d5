import Glibc

/// Standard output when it carries data: written to without ever waiting for its reader.
public struct StandardOutput {
  private let stream: NonblockingStream

  /// - Throws: `EBADF` when it is not open for writing.
  public init() throws(SystemError) { stream = try NonblockingStream(inheriting: 1, for: .writing) }

  /// For interest in readiness.
  public var number: CInt { stream.number }

  /// Whether a reader that goes away shows as a hang-up.
  public var reportsHangUp: Bool { stream.reportsHangUp }

  /// Writes as much as can be written now.
  public func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Transfer { try stream.write(bytes) }

  /// Writes a whole text: for a program that does nothing else.
  /// - Parameter timeout: how long its reader may take; nil for no limit.
  /// - Throws: the error of a write, or `ETIMEDOUT`, so that no part of the text is lost without notice.
  public static func writeWhole(_ text: String, atMost timeout: Duration? = nil) throws(SystemError) {
    let output = try StandardOutput()
    let deadline = timeout.map { MonotonicClock.now() + $0 }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      if case .moved(let count) = try output.write(rest) {
        rest = rest.dropFirst(count)
      } else {
        let timeLeft = deadline.map { $0 - MonotonicClock.now() }
        if let timeLeft, timeLeft <= .zero { throw SystemError(call: "write", code: ETIMEDOUT) }
        var set = PollSet()
        set.watch(output.number, for: .writing)
        try set.wait(atMost: timeLeft)
      }
    }
  }
}
