import Glibc
import TestSupport
import Testing

@testable import MessageStore

/// Stores on a file system that is full or read-only. The results are judged outside, on the test's own thread.
@Suite("The store and its device", .serialized, .leavesNoDescriptor)
struct StoreDeviceTests {
  private let directory = TemporaryDirectory()
  private var path: String { directory.file("store.sqlite") }

  private func makeStore() {
    guard let bytes = try? MessageStore.emptyFile() else { return }
    _ = directory.write(bytes, to: "store.sqlite")
  }

  /// Adds peers until that fails.
  private func fill(_ store: borrowing MessageStore) -> (known: Int, failure: StoreFailure?) {
    var known = 0
    let failure = failure {
      for byte in 0...255 as ClosedRange<UInt8> {
        try store.add(peer("bob", byte), ifNameIsTaken: .numbered)
        known += 1
      }
    }
    return (known, failure)
  }

  @Test(
    "On a full device nothing is lost, and what cannot be added is not",
    .enabled(if: SmallFileSystem.isPossible, "needs a mount"))
  func full() throws {
    let path = path
    let mounted = SmallFileSystem.mounted(at: directory.path, kilobytes: 224) { () -> [String] in
      makeStore()
      do {
        let store = try MessageStore(path: path)
        let (known, failure) = fill(store)
        let left = try store.knownPeers().count
        let again = try MessageStore(path: path).knownPeers().count
        return [
          known > 0 ? "some" : "none", failure == .full ? "full" : "\(failure as Any)",
          left == known && again == known ? "all" : "lost",
        ]
      } catch {
        return ["\(error)"]
      }
    }
    let outcome = try #require(mounted)
    #expect(outcome == ["some", "full", "all"])
  }

  @Test(
    "A conversation on a full device keeps what was committed, and goes on when there is room",
    .enabled(if: SmallFileSystem.isPossible, "needs a mount"))
  func fullInConversation() throws {
    let path = path
    let mounted = SmallFileSystem.mounted(at: directory.path, kilobytes: 512) { () -> [String] in
      makeStore()
      let filler = directory.write(Array(repeating: 1, count: 100 << 10), to: "filler")
      do {
        let store = try MessageStore(path: path)
        var committed = 0
        let failed = failure {
          for number in 1...1_000 {
            try store.commit { $0.accepted = [batch(2, UInt64(number), [String(repeating: "x", count: 2_000)])] }
            committed = number
          }
        }
        let kept = try store.record(of: bob).written.first?.count ?? 0
        unlink(filler)
        try store.commit { $0.accepted = [batch(2, UInt64(committed) + 1, ["there is room"])] }
        let texts = try store.texts()
        return [
          failed == .full ? "full" : "\(failed as Any)", committed > 10 && kept == committed ? "all" : "lost",
          texts.count == committed + 1 ? texts[committed] : "\(texts.count)",
        ]
      } catch {
        return ["\(error)"]
      }
    }
    let outcome = try #require(mounted)
    #expect(outcome == ["full", "all", "there is room"])
  }

  @Test(
    "On a read-only device a store is refused as such",
    .enabled(if: SmallFileSystem.isPossible, "needs a mount"))
  func readOnly() throws {
    let path = path
    let mounted = SmallFileSystem.mounted(at: directory.path, kilobytes: 1024) { () -> [StoreFailure?] in
      makeStore()
      SmallFileSystem.setReadOnly(directory.path, true)
      let refused = failure { _ = try MessageStore(path: path) }
      SmallFileSystem.setReadOnly(directory.path, false)
      return [refused, failure { _ = try MessageStore(path: path) }]
    }
    let outcome = try #require(mounted)
    #expect(outcome == [.readOnly, nil])
  }

  @Test("A directory without write permission is refused as such", .enabled(if: geteuid() != 0, "root may write"))
  func readOnlyDirectory() throws {
    makeStore()
    chmod(directory.path, 0o500)
    defer { chmod(directory.path, 0o700) }
    let failure = try #require(failure { _ = try MessageStore(path: path) })
    #expect(failure == .readOnly || failure == .notPermitted)
  }
}
