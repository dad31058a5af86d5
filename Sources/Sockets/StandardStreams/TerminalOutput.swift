import CSystem
import Glibc

/// A terminal that is written to without ever waiting for it.
///
/// A terminal that Ctrl-S stopped, or whose window hangs, would block its writer, and make it deaf even to SIGTERM.
/// Bytes that the terminal does not take wait here, and no more is shown until they have gone out.
public final class TerminalOutput {
  private let output: NonblockingStream
  private var waiting: [UInt8] = []

  /// For C code that prints: its output waits here after fflush(3).
  public private(set) var stream: UnsafeMutablePointer<FILE>!

  /// Uses the terminal on standard output.
  /// - Throws: `EBADF` when it is not open for writing.
  public init() throws(SystemError) {
    output = try NonblockingStream(inheriting: 1, for: .writing)
    let taker = Unmanaged.passUnretained(self).toOpaque()
    stream = csystem_stream(taker) { taker, bytes, count in
      let output = Unmanaged<TerminalOutput>.fromOpaque(taker!).takeUnretainedValue()
      output.waiting.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    }
    guard stream != nil else { throw SystemError(call: "fopencookie", code: ENOMEM) }
  }

  /// For interest in readiness, while it is not empty.
  public var number: CInt { output.number }

  /// Whether everything shown has reached the terminal.
  public var isEmpty: Bool { waiting.isEmpty }

  /// How many rows wait, more or less: line feeds, or one for less than a row.
  public var waitingLines: Int { waiting.isEmpty ? 0 : max(1, waiting.count { $0 == UInt8(ascii: "\n") }) }

  /// Writes as much as the terminal takes now. A terminal that is gone drops everything: nobody could see it.
  public func flush() {
    var written = 0
    while written < waiting.count {
      do {
        guard case .moved(let count) = try output.write(waiting[written...]) else { break }
        written += count
      } catch {
        written = waiting.count
      }
    }
    waiting.removeFirst(written)
  }
}
