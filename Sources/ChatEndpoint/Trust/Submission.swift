import ChatProtocol
import MessageStore
import Sockets

/// A message that is put into the store for a peer, by a program that has no conversation.
public enum Submission {
  /// Commits a message, as an opening of the store of its own. It is on the disk when this returns.
  /// - Parameter text: at most ``Limits/messageBytesMax`` bytes without NUL.
  /// - Returns: how many messages the peer does not have, this one included; nil if another program has the
  ///   conversation.
  public static func commit(_ text: [UInt8], for peer: KnownPeer, storePath: String) throws(ExitReason) -> Int? {
    do throws(Failed) { return try commit(text, for: peer, storePath, holding: try lock(peer, storePath)) } catch {
      switch error {
      case .held: return nil
      case .reason(let reason): throw reason
      }
    }
  }

  /// Does something that no program may do while another one has the conversation, such as deleting messages of it.
  /// - Throws: the reason if another program has it, or what `body` throws.
  public static func withConversation<Result>(
    of peer: KnownPeer, storePath: String, _ body: () throws(ExitReason) -> Result
  ) throws(ExitReason) -> Result {
    do throws(Failed) { return try using(try lock(peer, storePath), body) } catch {
      switch error {
      case .held:
        throw ExitReason(
          .unavailable, "another tincan of yours has the conversation with \(peer.name)", advice: "end that first")
      case .reason(let reason): throw reason
      }
    }
  }

  private static func using<Result>(
    _ lock: borrowing LockFile, _ body: () throws(ExitReason) -> Result
  ) throws(Failed) -> Result {
    do throws(ExitReason) { return try body() } catch { throw .reason(error) }
  }

  private enum Failed: Error {
    case held
    case reason(ExitReason)
  }

  private static func lock(_ peer: KnownPeer, _ storePath: String) throws(Failed) -> LockFile {
    let path = ConversationFiles(storePath: storePath, fingerprint: peer.fingerprint).lock
    do throws(LockFile.Failure) { return try LockFile(taking: path) } catch {
      switch error {
      case .held: throw .held
      case .notOurs: throw .reason(ExitReason(.file(.lock, path: path, .notAFile)))
      case .system(let error): throw .reason(ExitReason(.file(.lock, path: path, .cannotMake(error))))
      }
    }
  }

  /// - Parameter lock: that of the conversation.
  private static func commit(
    _ text: [UInt8], for peer: KnownPeer, _ storePath: String, holding lock: borrowing LockFile
  ) throws(Failed) -> Int {
    do throws(StoreFailure) {
      let store = try MessageStore(path: storePath)
      let now = WallClock.system.now.seconds
      var changes = ConversationChanges(now: now)
      let line = text.map { $0 == UInt8(ascii: "\n") ? 0 : $0 } + [UInt8(ascii: "\n")]
      let name = MessageName(Incarnation(.random(in: .min ... .max)), 1)
      changes.accepted = [MessageBatch(first: name, count: 1, writtenAt: now, lines: line[...])]
      try store.commit(changes, of: peer.fingerprint, keepsHistory: true)
      let record = try store.record(of: peer.fingerprint)
      let next = Incarnation(.random(in: .min ... .max))
      return Conversation(party: .person, storage: .store(keepsHistory: true), incarnation: next, record: record)
        .unsentCount
    } catch {
      throw .reason(ExitReason(.store(path: storePath, error)))
    }
  }
}
