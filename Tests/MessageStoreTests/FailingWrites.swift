import CSQLite
import Glibc

/// Lets SQLite's writes to files fail, from a certain one on, on the thread that asks for it. SQLite lets its own tests
/// replace system calls in this way (https://www.sqlite.org/c3ref/vfs.html).
enum FailingWrites {
  /// Runs `body`, in which the write with a number (from 1) and later ones fail.
  /// - Parameters:
  ///   - count: how many fail.
  ///   - code: the error number.
  /// - Returns: whether one failed.
  static func during(from number: Int, count: Int, code: CInt, _ body: () throws -> Void) rethrows -> Bool {
    replaceOnce
    armed.pointee = Armed(thread: pthread_self(), number: number, count: count, code: code)
    defer { armed.pointee = nil }
    try body()
    return armed.pointee?.hasFailed ?? false
  }

  struct Armed {
    let thread: pthread_t
    var number: Int
    var count: Int
    let code: CInt
    var hasFailed = false

    /// Whether this write fails.
    mutating func next() -> Bool {
      guard thread == pthread_self() else { return false }
      number -= 1
      guard number <= 0, count > 0 else { return false }
      count -= 1
      hasFailed = true
      errno = code
      return true
    }
  }

  // Only a test that runs alone arms it, and other threads only compare theirs.
  nonisolated(unsafe) static let armed = {
    let armed = UnsafeMutablePointer<Armed?>.allocate(capacity: 1)
    armed.initialize(to: nil)
    return armed
  }()

  private static let replaceOnce: Void = {
    typealias Write = @convention(c) (CInt, UnsafeRawPointer?, Int) -> Int
    typealias WriteAt = @convention(c) (CInt, UnsafeRawPointer?, Int, off_t) -> Int
    typealias Truncate = @convention(c) (CInt, off_t) -> CInt
    let write: Write = { FailingWrites.armed.pointee?.next() == true ? -1 : Glibc.write($0, $1, $2) }
    let writeAt: WriteAt = { FailingWrites.armed.pointee?.next() == true ? -1 : Glibc.pwrite($0, $1, $2, $3) }
    let truncate: Truncate = { FailingWrites.armed.pointee?.next() == true ? -1 : Glibc.ftruncate($0, $1) }
    guard let system = sqlite3_vfs_find(nil) else { return }
    replace(system, "write", unsafeBitCast(write, to: sqlite3_syscall_ptr.self))
    replace(system, "pwrite", unsafeBitCast(writeAt, to: sqlite3_syscall_ptr.self))
    replace(system, "pwrite64", unsafeBitCast(writeAt, to: sqlite3_syscall_ptr.self))
    replace(system, "ftruncate", unsafeBitCast(truncate, to: sqlite3_syscall_ptr.self))
  }()

  private static func replace(
    _ system: UnsafeMutablePointer<sqlite3_vfs>, _ name: String, _ function: @escaping sqlite3_syscall_ptr
  ) {
    _ = system.pointee.xSetSystemCall(system, name, function)
  }
}
