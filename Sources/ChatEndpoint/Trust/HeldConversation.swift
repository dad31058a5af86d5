import MessageStore
import Sockets

/// The conversation with a known peer, as far as this program alone has it: its lock, and the socket at which other
/// programs of this user reach this one. While a program holds it, no other program of this user does.
@MainActor
final class HeldConversation {
  /// Why it cannot be had.
  enum Failed: Error {
    /// Another program of this user has it.
    /// - by: the number of its process; nil if that is not known.
    case held(by: Int32?)
    case failed(Failure)
  }

  let fingerprint: [UInt8]
  private let lock: LockFile
  /// For other programs of this user; nil if the file of it cannot be made.
  let socket: OwnerSocket?

  /// Takes the conversation with the owner of a fingerprint.
  init(with fingerprint: [UInt8], _ trust: Trust) throws(Failed) {
    self.fingerprint = fingerprint
    lock = try HeldConversation.lock(fingerprint, trust)
    socket = try? OwnerSocket(trust.files(fingerprint))
  }

  /// A program that only stores a message has the lock for some milliseconds.
  private static let lockTimeout = Duration.seconds(1)
  private static let pause = Duration.milliseconds(10)

  private static func lock(_ fingerprint: [UInt8], _ trust: Trust) throws(Failed) -> LockFile {
    let deadline = MonotonicClock.now() + lockTimeout
    while true {
      do throws(Failed) { return try trust.lock(fingerprint) } catch {
        guard case .held = error, !trust.hasOwner(fingerprint), MonotonicClock.now() < deadline else { throw error }
      }
      var nothing = PollSet()
      try? nothing.wait(atMost: pause)
    }
  }
}
