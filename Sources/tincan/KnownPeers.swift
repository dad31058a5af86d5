import ChatEndpoint
import MessageStore

/// The known peers, for commands that take one's name.
enum KnownPeers {
  /// The peer of that name; nil if there is none, or no store.
  /// Ends the process if the store cannot be used.
  static func find(_ name: String) throws -> KnownPeer? {
    guard PeerName(name) != nil else { return nil }
    do throws(OwnFileFailure) {
      guard let path = try PrivateFiles.storeIfThere() else { return nil }
      do throws(StoreFailure) { return try MessageStore(path: path).knownPeer(named: name) } catch {
        throw OwnFileFailure.store(path: path, error)
      }
    } catch {
      ExitReason(error).leave()
    }
  }
}
