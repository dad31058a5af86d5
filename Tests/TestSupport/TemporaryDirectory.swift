import Glibc

/// A directory of its own for one test, gone with everything in it when the test is over.
public final class TemporaryDirectory {
  public let path: String

  public init() {
    var template = Array("/tmp/tincan-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
    precondition(made != nil, "no temporary directory can be made")
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { TemporaryDirectory.remove(path) }

  /// The path of something in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of what is in it, sorted.
  public var names: [String] { TemporaryDirectory.names(in: path) }

  /// Makes a file.
  public func write(_ bytes: [UInt8], to name: String) -> String {
    let stream = fopen(file(name), "w")!
    fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    return file(name)
  }

  private static func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    for name in names(in: path) { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
