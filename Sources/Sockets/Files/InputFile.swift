import CSystem
import Glibc

/// A file, pipe or terminal that is read.
public struct InputFile: ~Copyable {
  private let descriptor: Descriptor
  /// Whether it is a regular file: one whose content can be looked at before it is used, and that never keeps us waiting.
  public let isRegularFile: Bool

  /// Opens a file to read. A named pipe waits here for its writer.
  /// - Throws: `EISDIR` for a directory, and what open(2) says.
  public init(path: String) throws(SystemError) {
    let number = try SystemCalls.retrying("open") { csystem_open(path, O_RDONLY | O_NOCTTY, 0) }
    try self.init(owning: number)
  }

  /// A second descriptor for standard input. The program's own stays open until it ends.
  public static func standardInput() throws(SystemError) -> InputFile {
    try InputFile(owning: SystemCalls.retrying("dup") { csystem_duplicate(0) })
  }

  private init(owning number: CInt) throws(SystemError) {
    descriptor = Descriptor(owning: number)
    var status = stat()
    _ = try SystemCalls.retrying("fstat") { fstat(number, &status) }
    let kind = status.st_mode & S_IFMT
    if kind == S_IFDIR { throw SystemError(call: "open", code: EISDIR) }
    isRegularFile = kind == S_IFREG
  }

  /// For interest in readiness.
  public var number: CInt { descriptor.number }

  /// Takes what is there, up to the size of `buffer`, to its beginning. Blocks only where nothing is ready.
  public func read(into buffer: inout [UInt8]) throws(SystemError) -> Transfer {
    try SystemCalls.read(number, into: &buffer)
  }

  /// Goes back to the offset a regular file was at when it was opened or handed to us.
  public func seek(to offset: Int) throws(SystemError) {
    _ = try SystemCalls.retrying("lseek") { lseek(number, off_t(offset), SEEK_SET) }
  }

  /// Where the next read begins, in bytes.
  public var offset: Int {
    get throws(SystemError) { Int(try SystemCalls.retrying("lseek") { lseek(number, 0, SEEK_CUR) }) }
  }
}
