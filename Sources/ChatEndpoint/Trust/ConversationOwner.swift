import Basics
import ChatProtocol
import MessageStore
import Sockets

/// Another program of this user that has a conversation, as a command sees it that wants something of it.
public final class ConversationOwner {
  private let socket: Socket
  private var received: [UInt8] = []

  /// How long a program that runs well takes to answer.
  private static let answerTimeout = Duration.seconds(10)

  /// Connects to it.
  /// - Returns: nil if there is no such program, or it takes no requests.
  public init?(storePath: String, peer: KnownPeer) {
    let files = ConversationFiles(storePath: storePath, fingerprint: peer.fingerprint)
    do throws(SystemError) {
      let directory = try OpenDirectory(path: files.directory)
      let socket = try Socket(.unix)
      _ = try socket.connect(to: try SocketAddress(unixPath: directory.path(of: files.socketName)))
      self.socket = socket
    } catch {
      return nil
    }
  }

  /// The answer to a message.
  enum Answer: Equatable {
    /// The other program has committed it.
    /// - waiting: how many messages the peer does not have, this one included.
    /// - isRepeated: whether it had been accepted before, under the same id.
    case accepted(waiting: Int, MessageName, isRepeated: Bool)
    case refused(String)
    /// It was not accepted: the other program is about to end.
    case leaving
    /// The other program has ended, or does not answer.
    case none
  }

  /// Asks it to send a message.
  /// - Parameter timeout: how long to wait for the answer, if that is less than usual; nil for the usual time.
  func send(_ message: SubmittedMessage, atMost timeout: Duration?) -> Answer {
    let deadline = ConversationOwner.deadline(atMost: timeout)
    guard write(OwnerRequest.send(message).line, by: deadline) else { return .none }
    switch reply(by: deadline) {
    case .accepted(let waiting, let name, let isRepeated):
      return .accepted(waiting: waiting, name, isRepeated: isRepeated)
    case .refused(let reason): return .refused(reason)
    case .leaving: return .leaving
    case .acknowledged, nil: return .none
    }
  }

  /// Waits until the peer has all that the other program has accepted.
  /// - Parameter timeout: how long; nil for as long as it takes.
  func waitForAcknowledgement(atMost timeout: Duration?) -> Submitter.Waiting {
    let deadline = timeout.map { MonotonicClock.now() + $0 }
    let isWritten = write(OwnerRequest.await.line, by: ConversationOwner.deadline(atMost: timeout))
    guard isWritten else { return .ownerEnded }
    if reply(by: deadline) == .acknowledged { return .acknowledged }
    return hasEnded ? .ownerEnded : .timedOut
  }

  /// Asks it to leave the conversation to this program, and waits until it has ended.
  /// - Returns: whether it has.
  public func takeOver(as process: Int32) -> Bool {
    let deadline = ConversationOwner.deadline(atMost: nil)
    guard write(OwnerRequest.takeOver(by: process).line, by: deadline) else { return true }
    return reply(by: deadline) == nil && hasEnded
  }

  // MARK: Lines

  private static func deadline(atMost timeout: Duration?) -> Duration {
    MonotonicClock.now() + min(timeout ?? answerTimeout, answerTimeout)
  }

  private var hasEnded = false

  /// The next reply; nil when none came in time, or the other program has ended.
  private func reply(by deadline: Duration?) -> OwnerReply? {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeFirst(end + 1) }
        return OwnerReply(received[..<end])
      }
      guard received.count <= OwnerReply.bytesMax, !hasEnded, wait(for: .reading, until: deadline) else { return nil }
      var buffer = [UInt8](repeating: 0, count: OwnerReply.bytesMax)
      do throws(SystemError) {
        switch try socket.receive(into: &buffer) {
        case .moved(let count): received += buffer[..<count]
        case .wouldBlock: break
        case .endOfStream: hasEnded = true
        }
      } catch {
        hasEnded = true
      }
    }
  }

  private func write(_ bytes: [UInt8], by deadline: Duration) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      do throws(SystemError) {
        if case .moved(let count) = try socket.send(rest) {
          rest = rest.dropFirst(count)
        } else if !wait(for: .writing, until: deadline) {
          return false
        }
      } catch {
        return false
      }
    }
    return true
  }

  /// - Returns: whether the time is not over.
  private func wait(for interest: Interest, until deadline: Duration?) -> Bool {
    let rest = deadline.map { $0 - MonotonicClock.now() }
    if let rest, rest <= .zero { return false }
    var set = PollSet()
    set.watch(socket.number, for: interest)
    return (try? set.wait(atMost: rest)) != nil
  }
}
