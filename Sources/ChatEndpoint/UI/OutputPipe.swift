import Basics
import ChatProtocol
import Sockets

/// Standard output as a bounded queue that never holds up the loop.
@MainActor
final class OutputPipe {
  private let output: StandardOutput
  private var queue = ByteQueue()
  /// Nobody reads any more: what still comes is dropped, after that was reported once.
  private var isBroken = false

  init() throws(Failure) {
    do throws(SystemError) { output = try StandardOutput() } catch {
      throw .output(.unusable(error))
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
  func flush(_ set: borrowing PollSet) throws(Failure) {
    do throws(SystemError) {
      while !queue.isEmpty, case .moved(let count) = try output.write(queue.bytes) { queue.take(count) }
    } catch {
      throw failed(error.description)
    }
    if !isBroken, queue.isEmpty, output.reportsHangUp, set.readiness(of: output.number).contains(.hungUp) {
      throw failed("its reader has gone")
    }
  }

  private func failed(_ reason: String) -> Failure {
    isBroken = true
    let lost = queue.lineCount
    queue.take(queue.count)
    return .output(.failed(reason: reason, lost: lost))
  }
}
