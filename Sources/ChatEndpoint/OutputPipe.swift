import Basics
import ChatProtocol
import Sockets

/// Standard output as a bounded queue that never holds up the loop.
@MainActor
final class OutputPipe {
  private let output: StandardOutput
  private var queue = ByteQueue()
  /// Nobody reads any more: what still comes is dropped, after that was told once.
  private var isBroken = false

  init() throws(Departure) {
    do throws(SystemError) { output = try StandardOutput() } catch {
      throw Departure(.inputOutput, "standard output cannot be used: \(error)")
    }
  }

  /// Lines that wait.
  var lineCount: Int { queue.lineCount }
  /// Whether it is below its high-water mark.
  var takesMore: Bool { queue.count < Limits.inboxBytesHigh }

  func append(_ bytes: some Collection<UInt8>) {
    if !isBroken { queue.append(bytes) }
  }

  func watch(in set: inout PollSet) {
    if !queue.isEmpty {
      set.watch(output.number, for: .writing)
    } else if output.reportsHangUp, !isBroken {
      set.watch(output.number, for: .hangUp)
    }
  }

  /// Writes what can be written now.
  /// - Throws: when nobody reads any more, or the device is full. What waited is lost, and counted in the sentence.
  func pump(_ set: borrowing PollSet) throws(Departure) {
    do throws(SystemError) {
      while !queue.isEmpty, case .moved(let count) = try output.write(queue.bytes) { queue.take(count) }
    } catch {
      throw failed(error.description)
    }
    if !isBroken, queue.isEmpty, output.reportsHangUp, set.readiness(of: output.number).contains(.hungUp) {
      throw failed("its reader has gone")
    }
  }

  private func failed(_ reason: String) -> Departure {
    isBroken = true
    let lost = queue.lineCount
    queue.take(queue.count)
    let count = lost > 0 ? "; \(lost) \(lost == 1 ? "line" : "lines") could not be written" : ""
    return Departure(.inputOutput, "writing to standard output failed: \(reason)\(count)")
  }
}
