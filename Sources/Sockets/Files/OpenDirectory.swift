import CSystem
import Glibc

/// A directory that is kept open, so that what is in it has a short path, however long its own is: a socket's path has
/// at most 107 bytes (unix(7)).
public final class OpenDirectory: Sendable {
  private let descriptor: Descriptor

  /// Opens a directory.
  /// - Parameter path: its path; empty for the present one.
  public init(path: String) throws(SystemError) {
    let flags = O_RDONLY | O_DIRECTORY
    let path = path.isEmpty ? "." : path
    descriptor = Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(path, flags, 0) })
  }

  /// The path of something in it, as long as this is open (proc(5)).
  public func path(of name: String) -> String { "/proc/self/fd/\(descriptor.number)/\(name)" }
}
