import Basics
import ChatProtocol
import Sockets

/// Standard output as a bounded queue that never holds up the loop.
@MainActor
final class OutputPipe {
  /// Nil once it is closed.
  private var output: StandardOutput?
  /// Whether it is to be closed when everything is written.
  private var hasEnded = false
  private var queue = ByteQueue()
  /// Whether writing failed. That is reported once, and later bytes are dropped.
  private var isBroken = false

  init() throws(Failure) {
    do throws(SystemError) { output = try StandardOutput() } catch {
      throw .output(.unusable(error))
    }
  }

  /// Whether no byte waits.
  var isEmpty: Bool { queue.isEmpty }
  /// The number of waiting lines.
  var lineCount: Int { queue.lineCount }
  /// Whether the queue is below its high-water mark.
  var takesMore: Bool { queue.count < Limits.inboxBytesHigh }

  /// Nothing more will be appended: standard output is closed once everything is written.
  func end() { hasEnded = true }

  func append(_ bytes: some Collection<UInt8>) {
    if !isBroken { queue.append(bytes) }
  }

  func watch(in set: inout PollSet) {
    guard let output else { return }
    if !queue.isEmpty {
      set.watch(output.number, for: .writing)
    } else if output.reportsHangUp, !isBroken {
      set.watch(output.number, for: .hangUp)
    }
  }

  /// Writes as many waiting bytes as standard output takes now.
  /// - Throws: ``OutputFailure/failed(reason:lost:)`` if the reader has gone or a write fails. The waiting lines are
  ///   lost, and counted in the failure.
  func flush(_ set: borrowing PollSet) throws(Failure) {
    guard let output else { return }
    do throws(SystemError) {
      while !queue.isEmpty, case .moved(let count) = try output.write(queue.bytes) { queue.drop(first: count) }
    } catch {
      throw failed(error.description)
    }
    if !isBroken, queue.isEmpty, output.reportsHangUp, set.readiness(of: output.number).contains(.hungUp) {
      throw failed("its reader has gone")
    }
    if hasEnded, queue.isEmpty {
      self.output = nil
      StandardStreams.closeOutput()
    }
  }

  private func failed(_ reason: String) -> Failure {
    isBroken = true
    let lost = queue.lineCount
    queue.drop(first: queue.count)
    return .output(.failed(reason: reason, lost: lost))
  }
}
