import Glibc

/// Files that tests look into.
public enum TextFile {
  /// The first bytes of a file as text; nil when it cannot be opened.
  public static func read(_ path: String, atMost limit: Int = 1 << 20) -> String? {
    bytes(path, atMost: limit).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first bytes of a file; nil when it cannot be opened.
  public static func bytes(_ path: String, atMost limit: Int = 1 << 20) -> [UInt8]? {
    guard let stream = fopen(path, "r") else { return nil }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = fread(&bytes, 1, limit, stream)
    return Array(bytes[..<count])
  }
}
