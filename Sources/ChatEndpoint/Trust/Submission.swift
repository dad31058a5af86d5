import MessageStore
import Sockets

/// Actions that no program may take while another one has the conversation with a known peer.
public enum Submission {
  /// Does something while no other program has the conversation, such as deleting messages of it.
  /// - Throws: the reason if another program has it, or what `body` throws.
  public static func withConversation<Result>(
    of peer: KnownPeer, storePath: String, _ body: () throws(ExitReason) -> Result
  ) throws(ExitReason) -> Result {
    if let result = try ifFree(peer, storePath, body) { return result }
    throw ExitReason(
      .unavailable, "another tincan of yours has the conversation with \(peer.name)", advice: "end that first")
  }

  /// - Returns: nil if another program has the conversation.
  static func ifFree<Result>(
    _ peer: KnownPeer, _ storePath: String, _ body: () throws(ExitReason) -> Result
  ) throws(ExitReason) -> Result? {
    let path = ConversationFiles(storePath: storePath, fingerprint: peer.fingerprint).lock
    let lock: LockFile
    do throws(LockFile.Failure) { lock = try LockFile(taking: path) } catch {
      switch error {
      case .held: return nil
      case .notOurs: throw ExitReason(.file(.lock, path: path, .notAFile))
      case .system(let error): throw ExitReason(.file(.lock, path: path, .cannotMake(error)))
      }
    }
    return try using(lock, body)
  }

  /// Holds the lock until `body` has returned.
  private static func using<Result>(
    _ lock: borrowing LockFile, _ body: () throws(ExitReason) -> Result
  ) throws(ExitReason) -> Result {
    try body()
  }
}
