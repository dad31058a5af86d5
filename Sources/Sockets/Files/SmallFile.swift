import CSystem
import Glibc

/// Files that are read as a whole: settings, and those in which the kernel reports.
public enum SmallFile {
  /// The kernel's reports have some lines; that on mounts has one for each mount.
  private static let reportBytesMax = 1 << 20

  /// The content of a file, or its beginning. A named pipe without a writer is empty, and nothing waits for it.
  /// - Parameter limit: the most bytes that are read.
  /// - Throws: `EISDIR` for a directory, or the error of open(2) or read(2).
  public static func read(_ path: String, atMost limit: Int) throws(SystemError) -> [UInt8] {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    let file = Descriptor(owning: try SystemCalls.retrying("open") { csystem_open(path, flags, 0) })
    var (bytes, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
    while bytes.count < limit, case .moved(let count) = try SystemCalls.read(file.number, into: &buffer) {
      bytes += buffer[..<min(count, limit - bytes.count)]
    }
    return bytes
  }

  /// The text of a report of the kernel; nil when it cannot be read.
  public static func report(_ path: String) -> String? {
    (try? read(path, atMost: reportBytesMax)).map { String(decoding: $0, as: UTF8.self) }
  }
}
