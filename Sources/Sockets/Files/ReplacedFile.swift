import Glibc

/// A private file that takes the place of an older one once it is whole.
///
/// It is written under another name, and moved to its own at the end (rename(2)). So nobody ever reads a part of it,
/// and if it is given up the older one stays as it was.
public final class ReplacedFile {
  private let path: String
  private let aside: String
  private let descriptor: Descriptor
  private var isFinished = false

  /// Begins the file, with mode 0600.
  /// - Throws: `EISDIR` for a directory, `EEXIST` when something else than a regular file has that name, or the error
  ///   of open(2).
  public init(path: String) throws(SystemError) {
    // Otherwise rename(2) would refuse the whole file at the end.
    try FileWriting.refuseUnlessRegular(path, orDirectory: false)
    self.path = path
    aside = FileWriting.nameAside(path)
    descriptor = try FileWriting.makeAside(aside, mode: 0o600)
  }

  deinit { if !isFinished { unlink(aside) } }

  /// Adds a text.
  /// - Throws: the error of write(2), such as `ENOSPC` for a full disk.
  public func append(_ text: String) throws(SystemError) { try FileWriting.write(Array(text.utf8), to: descriptor) }

  /// Puts the file in its place.
  public func finish() throws(SystemError) {
    let (aside, path, number) = (aside, path, descriptor.number)
    _ = try SystemCalls.retrying("fsync") { fsync(number) }
    _ = try SystemCalls.retrying("rename") { rename(aside, path) }
    isFinished = true
  }
}
