import Glibc

/// A file, pipe, terminal or socket that is read, without ever waiting.
public struct InputFile {
  private let stream: NonblockingStream

  /// Opens a file to read. A named pipe that has no writer yet is opened too, and is not ready until it has one.
  /// - Throws: `EISDIR` for a directory, or the error of open(2).
  public init(path: String) throws(SystemError) { stream = try NonblockingStream(path: path) }

  /// Standard input. The program's own descriptor stays open until it ends.
  /// - Throws: `EBADF` when it is not open for reading, `EISDIR` for a directory.
  public static func standardInput() throws(SystemError) -> InputFile {
    InputFile(stream: try NonblockingStream(inheriting: 0, for: .reading))
  }

  private init(stream: NonblockingStream) { self.stream = stream }

  /// Whether it is a regular file: one whose content can be looked at before it is used.
  public var isRegularFile: Bool { stream.isRegularFile }

  /// For interest in readiness.
  public var number: CInt { stream.number }

  /// Takes what is there, up to the size of `buffer`, to its beginning. The other end of a terminal that is gone is its
  /// end of stream.
  public func read(into buffer: inout [UInt8]) throws(SystemError) -> Transfer { try stream.read(into: &buffer) }

  /// Goes back to the offset a regular file was at when it was opened or handed to us.
  public func seek(to offset: Int) throws(SystemError) {
    _ = try SystemCalls.retrying("lseek") { lseek(number, off_t(offset), SEEK_SET) }
  }

  /// The offset at which the next read begins, in bytes.
  public var offset: Int {
    get throws(SystemError) { Int(try SystemCalls.retrying("lseek") { lseek(number, 0, SEEK_CUR) }) }
  }
}
