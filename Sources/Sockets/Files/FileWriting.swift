import CSystem
import Glibc

/// Writing small files that others watch for, and the directories private files live in.
public enum FileWriting {
  /// Writes a file so that a reader never sees a part of it: under another name first, then moved there (rename(2)).
  /// - Throws: `EEXIST` when something else than a regular file has that name, or the error of another call. No file
  ///   is left behind then.
  public static func replace(_ path: String, with text: String) throws(SystemError) {
    try refuseUnlessRegular(path)
    let aside = nameAside(path)
    let descriptor = try makeAside(aside, mode: 0o644)
    do {
      try write(Array(text.utf8), to: descriptor)
      _ = try SystemCalls.retrying("rename") { rename(aside, path) }
    } catch {
      unlink(aside)
      throw error
    }
  }

  /// A name for a file that takes the place of `path` once it is whole.
  ///
  /// Nobody else has this name, and a file that is left by a program that was killed is in nobody's way. The number of
  /// the process would not do: in a container the next program has the same.
  static func nameAside(_ path: String) -> String {
    "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).new"
  }

  /// Makes a file of that name.
  static func makeAside(_ aside: String, mode: mode_t) throws(SystemError) -> Descriptor {
    // A link that another program put there must not be written through.
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    return Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(aside, flags, mode) })
  }

  /// Writes all of the bytes to a file.
  static func write(_ bytes: [UInt8], to file: borrowing Descriptor) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty, case .moved(let count) = try SystemCalls.write(file.number, rest) {
      rest = rest.dropFirst(count)
    }
  }

  /// Removes a regular file; one that is not there is no error.
  /// - Throws: `EEXIST` when something else has that name: a device, a link, a directory stays where it is.
  public static func remove(_ path: String) throws(SystemError) {
    try refuseUnlessRegular(path)
    do { _ = try SystemCalls.retrying("unlink") { unlink(path) } } catch  where error.code == ENOENT {}
  }

  /// - Parameter orDirectory: whether a directory passes, as the next call refuses it.
  static func refuseUnlessRegular(_ path: String, orDirectory: Bool = true) throws(SystemError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR where orDirectory: return
    case S_IFDIR: throw SystemError(call: "open", code: EISDIR)
    default: throw SystemError(call: "open", code: EEXIST)
    }
  }

  /// Makes a directory and those above it, each with mode 0700. Existing ones stay as they are.
  public static func makePrivateDirectory(_ path: String) throws(SystemError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += path.hasPrefix("/") || !made.isEmpty ? "/\(part)" : String(part)
      do {
        _ = try SystemCalls.retrying("mkdir") { mkdir(made, 0o700) }
      } catch  where error.code == EEXIST || error.code == EISDIR {}
    }
  }

  /// Makes an empty file with mode 0600 where there is none. One that is there keeps its content, and gets that mode.
  ///
  /// A link is followed, so that the file can be kept elsewhere, or be `/dev/null`; but only to a file of this user.
  /// A named pipe without a reader does not make this wait.
  /// - Throws: `EEXIST` when something else than a file has that name, `EPERM` when the file is another user's.
  public static func makePrivateFile(_ path: String) throws(SystemError) { try openPrivateFile(path).close() }

  /// The same, and opens it to add to its end.
  static func openPrivateFile(_ path: String) throws(SystemError) -> Descriptor {
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY
    let descriptor: Descriptor
    do {
      descriptor = Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(path, flags, 0o600) })
    } catch  where error.code == ENXIO {
      // A named pipe, a socket, or a device that is not there.
      throw SystemError(call: "open", code: EEXIST)
    }
    var status = stat()
    let number = descriptor.number
    _ = try SystemCalls.retrying("fstat") { fstat(number, &status) }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      guard status.st_uid == geteuid() else { throw SystemError(call: "open", code: EPERM) }
      _ = try SystemCalls.retrying("fchmod") { fchmod(number, 0o600) }
    case S_IFCHR where isatty(number) == 0: break
    default: throw SystemError(call: "open", code: EEXIST)
    }
    return descriptor
  }
}
