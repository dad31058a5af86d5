import CSystem
import Glibc

/// Writing small files that others watch for, and the directories private files live in.
public enum FileWriting {
  /// Writes a file so that whoever sees it sees all of it: beside its place first, then moved there (rename(2)).
  /// - Throws: `EEXIST` when something else than a regular file has that name, and what else went wrong; nothing is left
  ///   behind then.
  public static func replace(_ path: String, with text: String) throws(SystemError) {
    try refuseUnlessRegular(path)
    let aside = "\(path).\(getpid()).new"
    // A file that somebody put there to be written through is not ours to write.
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    let number = try SystemCalls.retrying("open") { csystem_open(aside, flags, 0o644) }
    do {
      let descriptor = Descriptor(owning: number)
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty, case .moved(let count) = try SystemCalls.write(descriptor.number, rest) {
        rest = rest.dropFirst(count)
      }
      descriptor.close()
      _ = try SystemCalls.retrying("rename") { rename(aside, path) }
    } catch {
      unlink(aside)
      throw error
    }
  }

  /// Removes a regular file; one that is not there is no error.
  /// - Throws: `EEXIST` when something else has that name: a device, a link, a directory stays where it is.
  public static func remove(_ path: String) throws(SystemError) {
    try refuseUnlessRegular(path)
    do { _ = try SystemCalls.retrying("unlink") { unlink(path) } } catch  where error.code == ENOENT {}
  }

  private static func refuseUnlessRegular(_ path: String) throws(SystemError) {
    var status = stat()
    // A directory is refused by the call itself.
    guard lstat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else { return }
    throw SystemError(call: "open", code: EEXIST)
  }

  /// Makes a directory and those above it, each with mode 0700. What is there already stays as it is.
  public static func makePrivateDirectory(_ path: String) throws(SystemError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += path.hasPrefix("/") || !made.isEmpty ? "/\(part)" : String(part)
      do {
        _ = try SystemCalls.retrying("mkdir") { mkdir(made, 0o700) }
      } catch  where error.code == EEXIST || error.code == EISDIR {}
    }
  }

  /// Makes an empty file with mode 0600 where there is none.
  public static func makePrivateFile(_ path: String) throws(SystemError) {
    let number = try SystemCalls.retrying("open") { csystem_open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600) }
    Descriptor(owning: number).close()
  }
}
