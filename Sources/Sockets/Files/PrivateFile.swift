import CSystem
import Glibc

/// Files that hold secrets: each for its user alone, whole or not there, and never behind a link.
///
/// The file is judged, not its directory: a file that somebody else put in its place is that user's, and refused.
public enum PrivateFile {
  /// A file that cannot be trusted, read or made.
  public enum Failure: Error, Equatable, Sendable {
    /// The name is a link's.
    case link
    /// The name is that of something else than a file: a directory, a pipe, a device.
    case notAFile
    /// The file belongs to another user.
    case anotherUsers
    /// Others may read or write the file.
    /// - mode: its permissions.
    case exposed(mode: mode_t)
    /// The file has nothing in it.
    case empty
    /// The file has more bytes than anything that belongs there.
    case tooLarge
    case unreadable(SystemError)
    case cannotMake(SystemError)
  }

  /// Whether a file is there, and can be trusted.
  public static func isThere(_ path: String) throws(Failure) -> Bool {
    do { try open(path).close() } catch {
      guard error == missing else { throw error }
      return false
    }
    return true
  }

  /// Reads a file as a whole.
  /// - Parameter limit: the most bytes it may have.
  /// - Returns: at least one byte; nil if there is no such file.
  public static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8]? {
    do { return try content(of: try open(path), atMost: limit) } catch {
      guard error == missing else { throw error }
      return nil
    }
  }

  /// Makes a file if none has its name.
  ///
  /// It is written and synced under another name, and then linked to its own (link(2)). So it is never seen half
  /// written, whenever the program or the machine ends, and of several programs at once one makes it.
  /// - Returns: false if something else has that name by now. Then nothing is changed.
  public static func make(_ path: String, holding bytes: [UInt8]) throws(Failure) -> Bool {
    do { return try link(bytes, to: path) } catch { throw .cannotMake(error) }
  }

  // MARK: The calls

  private static let missing = Failure.unreadable(SystemError(call: "open", code: ENOENT))

  private static func open(_ path: String) throws(Failure) -> Descriptor {
    // Opening a pipe or a device must not wait, nor take a terminal.
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let descriptor: Descriptor
    do throws(SystemError) {
      descriptor = Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(path, flags, 0) })
    } catch {
      switch error.code {
      case ELOOP: throw .link
      // A socket, or a device that is not there.
      case ENXIO, ENODEV: throw .notAFile
      default: throw .unreadable(error)
      }
    }
    var status = stat()
    let number = descriptor.number
    guard SystemCalls.result("fstat", { fstat(number, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .notAFile
    }
    guard status.st_uid == geteuid() else { throw .anotherUsers }
    guard status.st_mode & 0o077 == 0 else { throw .exposed(mode: status.st_mode & 0o7777) }
    return descriptor
  }

  private static func content(of file: consuming Descriptor, atMost limit: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    // One byte more shows that a file is too large, also one that grows meanwhile.
    var buffer = [UInt8](repeating: 0, count: limit + 1)
    do throws(SystemError) {
      while bytes.count <= limit, case .moved(let count) = try SystemCalls.read(file.number, into: &buffer) {
        bytes += buffer[..<count]
      }
    } catch {
      throw .unreadable(error)
    }
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= limit else { throw .tooLarge }
    return bytes
  }

  private static func link(_ bytes: [UInt8], to path: String) throws(SystemError) -> Bool {
    let aside = FileWriting.nameAside(path)
    let file = try FileWriting.makeAside(aside, mode: 0o600)
    let number = file.number
    defer { unlink(aside) }
    // The mask for new files has no say.
    _ = try SystemCalls.retrying("fchmod") { fchmod(number, 0o600) }
    try FileWriting.write(bytes, to: file)
    _ = try SystemCalls.retrying("fsync") { fsync(number) }
    do { _ = try SystemCalls.retrying("link") { Glibc.link(aside, path) } } catch  where error.code == EEXIST {
      return false
    }
    try syncDirectory(of: path)
    return true
  }

  /// Makes a new name last, as fsync(2) of the file alone does not.
  private static func syncDirectory(of path: String) throws(SystemError) {
    let end = path.lastIndex(of: "/")
    let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let flags = O_RDONLY | O_DIRECTORY
    let descriptor = Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(directory, flags, 0) })
    let number = descriptor.number
    _ = try SystemCalls.retrying("fsync") { fsync(number) }
  }
}
