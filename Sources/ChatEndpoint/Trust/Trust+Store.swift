import ChatProtocol
import Glibc
import MessageStore
import PeerSecurity
import Sockets

// The conversations in the store. Every failure names the file.
extension Trust {
  /// Takes the lock of a conversation.
  func lock(_ fingerprint: [UInt8]) throws(HeldConversation.Failed) -> LockFile {
    let path = files(fingerprint).lock
    do throws(LockFile.Failure) { return try LockFile(taking: path) } catch {
      switch error {
      case .held(let process): throw .held(by: process)
      case .notOurs: throw .failed(.ownFile(.file(.lock, path: path, .notAFile)))
      case .system(let error): throw .failed(.ownFile(.file(.lock, path: path, .cannotMake(error))))
      }
    }
  }

  /// Whether another program of this user has the conversation with a peer. One that only stores a message for it, or
  /// asks this itself, has the lock for a moment, and no socket.
  func isHeldElsewhere(_ fingerprint: [UInt8]) -> Bool {
    guard store != nil, fingerprint != heldPeer, fingerprint != identity.fingerprint.bytes else { return false }
    do throws(HeldConversation.Failed) { _ = try lock(fingerprint) } catch {
      if case .held = error { return hasOwner(fingerprint) }
    }
    return false
  }

  /// Whether a program that has the conversation with a peer for longer takes requests. A killed one leaves its file,
  /// but not its lock.
  func hasOwner(_ fingerprint: [UInt8]) -> Bool {
    let files = files(fingerprint)
    return access(files.directory + files.socketName, F_OK) == 0
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
    of fingerprint: [UInt8], _ runs: ArraySlice<MessageRun>, atMost limit: Int
  ) throws(Failure) -> [MessageBatch] {
    do throws(StoreFailure) { return try store?.texts(of: fingerprint, runs, atMost: limit) ?? [] } catch {
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

  /// The message that a program handed over under an id; nil if none is remembered.
  func message(_ id: CallerID, for fingerprint: [UInt8]) throws(Failure) -> MessageName? {
    do throws(StoreFailure) { return try store?.message(id, for: fingerprint) } catch { throw failure(error) }
  }

  /// Keeps a message for another time, where the conversation itself is not stored.
  /// - Returns: the message, and how many wait.
  func accept(
    _ message: SubmittedMessage, for fingerprint: [UInt8]
  ) throws(Failure) -> (AcceptedMessage, waiting: Int)? {
    do throws(StoreFailure) {
      guard
        let accepted = try store?.accept(
          [message], for: fingerprint, in: &openings[fingerprint, default: SubmittingOpening()]
        ).first
      else { return nil }
      return (accepted, try store?.waitingCount(for: fingerprint) ?? 0)
    } catch {
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

  /// Puts messages that are new into the index for searching, and erases what was forgotten. A search finds those that
  /// are not in the index, too, so it is no failure if that cannot be done now, and a few may wait for others. What
  /// cannot be erased now is erased the next time.
  /// - Returns: whether more is left to be put into the index.
  func tidyStore() -> Bool {
    if (try? store?.index(atMost: 1000, ifAtLeast: 256)) ?? false { return true }
    try? store?.eraseForgotten()
    return false
  }

  /// Begins a search of the history of one conversation.
  func beginSearch(
    for words: String, of fingerprint: [UInt8], atMost count: Int
  ) throws(Failure) -> HistorySearch? {
    do throws(StoreFailure) { return try store?.beginSearch(for: words, of: fingerprint, atMost: count) } catch {
      throw failure(error)
    }
  }

  /// - Returns: what was found, once the search is through.
  func step(_ search: inout HistorySearch) throws(Failure) -> [HistoryEntry]? {
    do throws(StoreFailure) { return try store?.step(&search) } catch { throw failure(error) }
  }

  /// A failure of the store, with the name of its file.
  func failure(_ error: StoreFailure) -> Failure { .ownFile(.store(path: storePath, error)) }
}
