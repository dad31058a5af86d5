import CSystem
import Glibc
import TestSupport
import Testing

@testable import Sockets

@Suite("Private files", .serialized, .leavesNoDescriptor)
struct PrivateFileTests {
  private let directory = TemporaryDirectory()
  private var path: String { directory.file("identity") }
  private let key = Array("a key\n".utf8)

  /// The failure of reading; nil when it does not fail.
  private func failure(_ path: String, atMost limit: Int = 100) -> PrivateFile.Failure? {
    do {
      _ = try PrivateFile.read(path, atMost: limit)
      return nil
    } catch {
      // The size is judged by reading alone.
      if error != .empty, error != .tooLarge { #expect(throws: error) { try PrivateFile.isThere(path) } }
      return error
    }
  }

  @Test("What was made is read, is for its user alone whatever the mask, and nothing stands beside it")
  func makeAndRead() throws {
    for mask in [0, 0o777] as [mode_t] {
      let before = umask(mask)
      defer { umask(before) }
      #expect(try PrivateFile.read(path, atMost: 100) == nil)
      #expect(try !PrivateFile.isThere(path))
      #expect(try PrivateFile.make(path, holding: key))
      #expect(try PrivateFile.read(path, atMost: key.count) == key)
      #expect(try PrivateFile.isThere(path))
      var status = stat()
      #expect(lstat(path, &status) == 0)
      #expect(status.st_mode == S_IFREG | 0o600)
      #expect(directory.names == ["identity"])
      unlink(path)
    }
  }

  @Test("A file that is there is never replaced, and neither is a link that leads nowhere")
  func makeTwice() throws {
    #expect(try PrivateFile.make(path, holding: key))
    #expect(try !PrivateFile.make(path, holding: [1]))
    #expect(try PrivateFile.read(path, atMost: 100) == key)
    let nowhere = directory.file("nowhere")
    symlink(directory.file("elsewhere"), nowhere)
    #expect(try !PrivateFile.make(nowhere, holding: [1]))
    #expect(directory.names == ["identity", "nowhere"])
  }

  @Test("It can be made in the directory the program is in")
  func relativePath() throws {
    let before = getcwd(nil, 0)
    defer {
      chdir(before!)
      free(before)
    }
    chdir(directory.path)
    #expect(try PrivateFile.make("identity", holding: key))
    #expect(try PrivateFile.read("identity", atMost: 100) == key)
    #expect(directory.names == ["identity"])
  }

  @Test("Of many that make it at once one makes it, and all read the same", arguments: 1...20)
  func makeAtOnce(round: Int) throws {
    let path = directory.file("identity-\(round)")
    let made = Lock<[UInt8]>([])
    let read = Lock<[[UInt8]]>([])
    let threads = try (1...4 as ClosedRange<UInt8>).map { number in
      try WorkerThread {
        // Long enough that half of it could be seen.
        let content = [UInt8](repeating: number, count: 100_000)
        if (try? PrivateFile.make(path, holding: content)) == true { made.withLock { $0.append(number) } }
        let found = (try? PrivateFile.read(path, atMost: 100_000)) ?? []
        read.withLock { $0.append(found) }
      }
    }
    for thread in threads { thread.join() }
    let makers = made.withLock { $0 }
    #expect(makers.count == 1)
    let whole = [UInt8](repeating: makers.first ?? 0, count: 100_000)
    // A report need not show the bytes.
    let wholeCount = read.withLock { $0.count { $0 == whole } }
    #expect(wholeCount == 4)
    #expect(directory.names == ["identity-\(round)"])
  }

  @Test("Who looks while it is made sees nothing or all of it")
  func neverHalf() throws {
    let path = path
    let content = [UInt8](repeating: 7, count: 200_000)
    let isDone = Lock(false)
    let halves = Lock(0)
    let reader = try WorkerThread {
      while !isDone.withLock({ $0 }) {
        let found = (try? PrivateFile.read(path, atMost: 200_000)) ?? [0]
        if found != [0], found != content { halves.withLock { $0 += 1 } }
      }
    }
    for _ in 0..<50 {
      #expect(try PrivateFile.make(path, holding: content))
      unlink(path)
    }
    isDone.withLock { $0 = true }
    reader.join()
    #expect(halves.withLock { $0 } == 0)
  }

  @Test("A file that others may use is refused, whatever they may do", arguments: [0o640, 0o604, 0o620, 0o601, 0o666])
  func exposed(mode: mode_t) throws {
    #expect(try PrivateFile.make(path, holding: key))
    chmod(path, mode)
    #expect(failure(path) == .exposed(mode: mode))
    chmod(path, 0o400)
    #expect(failure(path) == nil)
  }

  @Test("A link is refused, also one to a file of ours")
  func link() throws {
    #expect(try PrivateFile.make(path, holding: key))
    symlink(path, directory.file("link"))
    #expect(failure(directory.file("link")) == .link)
  }

  @Test("What is no file is refused, and makes nobody wait")
  func noFile() throws {
    #expect(failure(directory.path) == .notAFile)
    #expect(failure("/dev/null") == .notAFile)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(failure(path) == .notAFile)
    let socketPath = directory.file("socket")
    let socket = try Socket(.unix)
    try socket.bind(to: SocketAddress(unixPath: socketPath))
    #expect(failure(socketPath) == .notAFile)
  }

  @Test("Another user's file is refused", .enabled(if: geteuid() == 0, "needs chown"))
  func anotherUsers() throws {
    #expect(try PrivateFile.make(path, holding: key))
    chown(path, 65534, 65534)
    #expect(failure(path) == .anotherUsers)
  }

  @Test("A file with nothing in it, or with more than may be, is refused")
  func size() throws {
    chmod(directory.write([], to: "identity"), 0o600)
    #expect(failure(path) == .empty)
    chmod(directory.write(key, to: "identity"), 0o600)
    #expect(failure(path, atMost: key.count) == nil)
    #expect(failure(path, atMost: key.count - 1) == .tooLarge)
  }

  @Test("Where no file can be made, the error of the call is thrown, and nothing is left")
  func cannotMake() throws {
    let missing = directory.file("missing/identity")
    #expect(throws: PrivateFile.Failure.cannotMake(SystemError(call: "open", code: ENOENT))) {
      try PrivateFile.make(missing, holding: key)
    }
    #expect(try PrivateFile.read(missing, atMost: 100) == nil)
    let inFile = directory.write(key, to: "file") + "/identity"
    let notDirectory = SystemError(call: "open", code: ENOTDIR)
    #expect(throws: PrivateFile.Failure.cannotMake(notDirectory)) { try PrivateFile.make(inFile, holding: key) }
    #expect(failure(inFile) == .unreadable(notDirectory))
  }

  @Test(
    "On a full or a read-only device nothing is left",
    .enabled(if: SmallFileSystem.isPossible, "needs a mount"))
  func device() throws {
    let (directory, path, key) = (directory, path, key)
    func error(_ bytes: [UInt8]) -> PrivateFile.Failure? {
      do {
        _ = try PrivateFile.make(path, holding: bytes)
        return nil
      } catch {
        return error
      }
    }
    let mounted = SmallFileSystem.mounted(at: directory.path, kilobytes: 64) {
      let full = error([UInt8](repeating: 1, count: 100_000))
      let left = directory.names
      SmallFileSystem.setReadOnly(directory.path, true)
      return (full, left, error(key))
    }
    let outcome = try #require(mounted)
    #expect(outcome.0 == .cannotMake(SystemError(call: "write", code: ENOSPC)))
    #expect(outcome.1 == [])
    #expect(outcome.2 == .cannotMake(SystemError(call: "open", code: EROFS)))
  }
}
