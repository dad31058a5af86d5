/// A private file that grows at its end, as ``FileWriting/makePrivateFile(_:)`` makes it.
public final class AppendedFile {
  private let descriptor: Descriptor

  /// Makes or opens the file.
  /// - Throws: as ``FileWriting/makePrivateFile(_:)``.
  public init(path: String) throws(SystemError) { descriptor = try FileWriting.openPrivateFile(path) }

  /// Adds a text.
  /// - Throws: the error of write(2), such as `ENOSPC` for a full disk. A part of the text may be in the file then.
  public func append(_ text: String) throws(SystemError) { try FileWriting.write(Array(text.utf8), to: descriptor) }
}
