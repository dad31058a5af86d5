import Basics
import CSystem
import Glibc

/// A file that at most one program holds at a time. The kernel frees it when its holder ends, in whatever way.
///
/// Its content is the number of the process that holds it. A holder removes the file before it frees it, so only one
/// that was killed leaves it behind. Another program can have opened the file just before that. It looks whether what
/// it holds is still the file of that name, so no two programs hold one each.
public struct LockFile: ~Copyable, Sendable {
  /// A file that cannot be taken.
  public enum Failure: Error, Equatable, Sendable {
    /// Another program holds it.
    /// - by: the number of its process; nil if it has not written it yet.
    case held(by: pid_t?)
    /// Something else than a file of this user has that name.
    case notOurs
    case system(SystemError)
  }

  private let path: String
  private let descriptor: Descriptor

  /// How often a file that was removed meanwhile is opened anew.
  private static let triesMax = 100

  /// Takes the file, which is made with mode 0600 if it is not there.
  public init(taking path: String) throws(Failure) {
    for _ in 0..<LockFile.triesMax {
      let descriptor = try LockFile.open(path)
      try LockFile.lock(descriptor.number)
      guard LockFile.isFile(descriptor.number, at: path) else { continue }
      LockFile.writeNumber(descriptor.number)
      self.path = path
      self.descriptor = descriptor
      return
    }
    throw .held(by: nil)
  }

  deinit { if LockFile.isFile(descriptor.number, at: path) { unlink(path) } }

  private static func lock(_ number: CInt) throws(Failure) {
    // The lock belongs to the open file (flock(2)), so a program that this one starts has no part in it: the
    // descriptor is closed there.
    switch SystemCalls.result("flock", { flock(number, LOCK_EX | LOCK_NB) }) {
    case 0: break
    case -EWOULDBLOCK: throw .held(by: LockFile.holder(number))
    case let code: throw .system(SystemError(call: "flock", code: -code))
    }
  }

  /// Whether an open file is the one that has a name now.
  private static func isFile(_ number: CInt, at path: String) -> Bool {
    var (open, named) = (stat(), stat())
    return fstat(number, &open) == 0 && lstat(path, &named) == 0 && open.st_ino == named.st_ino
      && open.st_dev == named.st_dev
  }

  private static func writeNumber(_ number: CInt) {
    // The number is for a message only, so a disk that is full does not matter.
    let text = Array("\(getpid())\n".utf8)
    if SystemCalls.result("ftruncate", { ftruncate(number, 0) }) == 0 {
      _ = text.withUnsafeBytes { bytes in
        SystemCalls.result("pwrite") { pwrite(number, bytes.baseAddress, bytes.count, 0) }
      }
    }
  }

  private static func open(_ path: String) throws(Failure) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let descriptor: Descriptor
    do throws(SystemError) {
      descriptor = Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(path, flags, 0o600) })
    } catch {
      throw [ELOOP, EISDIR, ENXIO, ENODEV].contains(error.code) ? .notOurs : .system(error)
    }
    var status = stat()
    let number = descriptor.number
    guard SystemCalls.result("fstat", { fstat(number, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid()
    else { throw .notOurs }
    return descriptor
  }

  private static func holder(_ number: CInt) -> pid_t? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = bytes.withUnsafeMutableBytes { raw in
      SystemCalls.result("pread") { pread(number, raw.baseAddress, raw.count, 0) }
    }
    guard count > 0 else { return nil }
    return pid_t(digits: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") })
  }
}
