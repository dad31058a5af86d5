import CSystem
import Glibc

/// A file for another program to change, readable by its owner alone.
public struct TemporaryFile {
  /// Its path.
  public let path: String

  /// Makes one in `$TMPDIR` or `/tmp`, with a name of its own.
  /// - Parameter name: what the name begins with.
  public init(name: String, content: [UInt8]) throws(SystemError) {
    let directory = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    var template = Array("\(directory.isEmpty ? "/tmp" : directory)/\(name).XXXXXX".utf8CString)
    // It is closed before any program is started.
    let descriptor = Descriptor(owning: try SystemCalls.retrying("mkstemp") { mkstemp(&template) })
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    do throws(SystemError) { try FileWriting.write(content, to: descriptor) } catch {
      remove()
      throw error
    }
  }

  /// Its present content, up to `limit` bytes.
  public func content(limit: Int) throws(SystemError) -> [UInt8] {
    let file = try InputFile(path: path)
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while content.count < limit, case .moved(let count) = try file.read(into: &buffer) { content += buffer[..<count] }
    return Array(content.prefix(limit))
  }

  /// Removes it.
  public func remove() { unlink(path) }
}
