import CSystem
import Glibc

/// Writing small files that others watch for, and the directories private files live in.
public enum FileWriting {
  /// Writes a file so that whoever sees it sees all of it: beside its place first, then moved there (rename(2)).
  /// - Throws: what went wrong; nothing is left behind then.
  public static func replace(_ path: String, with text: String) throws(SystemError) {
    let aside = "\(path).\(getpid()).new"
    let number = try SystemCalls.retrying("open") { csystem_open(aside, O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
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

  /// Removes a file; one that is not there is no error.
  public static func remove(_ path: String) throws(SystemError) {
    do { _ = try SystemCalls.retrying("unlink") { unlink(path) } } catch  where error.code == ENOENT {}
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
