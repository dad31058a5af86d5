import ChatProtocol
import MessageStore
import PeerSecurity
import Sockets

// The conversations in the store. Every failure names the file.
extension Trust {
  /// Takes the lock of a conversation.
  func lock(_ fingerprint: [UInt8]) throws(KeptConversation.Failed) -> LockFile {
    let path = files(fingerprint).lock
    do throws(LockFile.Failure) { return try LockFile(taking: path) } catch {
      switch error {
      case .held(let process): throw .held(by: process)
      case .notOurs: throw .failed(.ownFile(.file(.lock, path: path, .notAFile)))
      case .system(let error): throw .failed(.ownFile(.file(.lock, path: path, .cannotMake(error))))
      }
    }
  }

  /// Whether another program of this user has the conversation with a peer.
  func isHeldElsewhere(_ fingerprint: [UInt8]) -> Bool {
    guard storesMessages, fingerprint != keptPeer else { return false }
    do throws(KeptConversation.Failed) { _ = try lock(fingerprint) } catch {
      if case .held = error { return true }
    }
    return false
  }

  /// The files of a conversation.
  func files(_ fingerprint: [UInt8]) -> ConversationFiles {
    ConversationFiles(storePath: storePath, fingerprint: fingerprint)
  }

  // MARK: Messages

  func record(of fingerprint: [UInt8]) throws(Failure) -> ConversationRecord {
    do throws(StoreFailure) { return try store?.record(of: fingerprint) ?? ConversationRecord() } catch {
      throw failure(error)
    }
  }

  func texts(
    of fingerprint: [UInt8], _ run: MessageRun, atMost limit: Int
  ) throws(Failure) -> [MessageBatch] {
    do throws(StoreFailure) { return try store?.texts(of: fingerprint, run, atMost: limit) ?? [] } catch {
      throw failure(error)
    }
  }

  func commit(
    _ changes: ConversationChanges, of fingerprint: [UInt8], keepsHistory: Bool
  ) throws(Failure) {
    do throws(StoreFailure) { try store?.commit(changes, of: fingerprint, keepsHistory: keepsHistory) } catch {
      throw failure(error)
    }
  }

  func notShown(of fingerprint: [UInt8]) throws(Failure) -> [HistoryEntry] {
    do throws(StoreFailure) { return try store?.notShown(of: fingerprint, atMost: Trust.notShownMax) ?? [] } catch {
      throw failure(error)
    }
  }

  /// No more is received before it is shown.
  private static let notShownMax = 100_000

  /// The messages of a selection, oldest first. All of them are in memory.
  func history(_ selection: HistorySelection) throws(Failure) -> [HistoryEntry] {
    do throws(StoreFailure) { return try store?.list(selection) ?? [] } catch { throw failure(error) }
  }

  private func failure(_ error: StoreFailure) -> Failure { .ownFile(.store(path: storePath, error)) }
}
