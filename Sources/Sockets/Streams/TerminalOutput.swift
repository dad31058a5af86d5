import CSystem
import Glibc

/// A terminal that is written to without ever holding up the loop.
///
/// A terminal that Ctrl-S stopped, or whose window hangs, keeps whoever writes to it waiting, deaf even to SIGTERM. Its
/// descriptor is shared with the shell, so it must not be made nonblocking; but opened once more it is ours alone, and may
/// be. What the terminal does not take waits here, and whoever shows things shows no more until it has gone out.
public final class TerminalOutput {
  private let descriptor: Descriptor
  private var waiting: [UInt8] = []
  private var isOurs = true

  /// For C code that prints: what is written to it waits here after fflush(3).
  public private(set) var stream: UnsafeMutablePointer<FILE>!

  /// Opens the terminal on standard output once more. Where that is not allowed, because it belongs to another user,
  /// the shared descriptor serves, and is written to only a little at a time and only when it is ready.
  public init() throws(SystemError) {
    if let number = StandardStreams.openOutputAgain() {
      descriptor = Descriptor(owning: number)
    } else {
      isOurs = false
      descriptor = Descriptor(owning: try SystemCalls.retrying("dup") { csystem_duplicate(1) })
    }
    let taker = Unmanaged.passUnretained(self).toOpaque()
    stream = csystem_stream(taker) { taker, bytes, count in
      let output = Unmanaged<TerminalOutput>.fromOpaque(taker!).takeUnretainedValue()
      output.waiting.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    }
    guard stream != nil else { throw SystemError(call: "fopencookie", code: ENOMEM) }
  }

  /// For interest in readiness, while it is not empty.
  public var number: CInt { descriptor.number }

  /// Whether everything shown has reached the terminal.
  public var isEmpty: Bool { waiting.isEmpty }

  /// How many rows wait, more or less: line feeds, or one for less than a row.
  public var waitingLines: Int { waiting.isEmpty ? 0 : max(1, waiting.count { $0 == UInt8(ascii: "\n") }) }

  /// Writes what the terminal takes now. A terminal that is gone takes nothing, and loses nothing that anybody could see.
  public func flush() {
    var written = 0
    while written < waiting.count {
      let rest = waiting[written...]
      guard isOurs || csystem_is_writable(number) == 1 else { break }
      // A write of so much fits into what poll(2) promises of a terminal.
      let piece = isOurs ? rest : rest.prefix(256)
      do {
        guard case .moved(let count) = try SystemCalls.write(number, piece) else { break }
        written += count
      } catch {
        written = waiting.count
      }
    }
    waiting.removeFirst(written)
  }
}
