import Glibc
import TestSupport

@testable import MessageStore

/// A store in a directory of its own.
struct StoreFile {
  let directory = TemporaryDirectory()
  let path: String

  /// Makes a store in which nobody is known.
  init() throws {
    path = directory.file("store.sqlite")
    _ = directory.write(try MessageStore.emptyFile(), to: "store.sqlite")
  }

  var bytes: [UInt8] { TextFile.bytes(path) ?? [] }

  /// Puts other bytes in its place.
  func replace(_ bytes: [UInt8]) { _ = directory.write(bytes, to: "store.sqlite") }

  /// Opens it for short, so that a lock of another connection is noticed at once. Commits do not wait for the disk,
  /// which no test asks about.
  func open() throws(StoreFailure) -> MessageStore {
    let store = try MessageStore(path: path, lockTimeoutMilliseconds: 0)
    try store.database.run("PRAGMA synchronous = OFF")
    return store
  }
}

/// A peer whose key and secret are made of one byte.
func peer(_ name: String, _ byte: UInt8, met: KnownPeer.Meeting = .directly) -> KnownPeer {
  KnownPeer(
    name: PeerName(name)!, fingerprint: Array(repeating: byte, count: 32), metAt: 1_700_000_000, met: met,
    lastMetAt: 1_700_000_000, meetingSecret: Array(repeating: ~byte, count: 32), address: nil, relay: "relay:8463")
}

/// The failure of a call on a store; nil when it does not fail.
func failure(_ call: () throws -> Void) -> StoreFailure? {
  do { try call() } catch let failure as StoreFailure { return failure } catch {}
  return nil
}

/// The failure to open a store; nil when it does not fail.
func failureToOpen(_ file: StoreFile) -> StoreFailure? { failure { _ = try file.open().knownPeers() } }
