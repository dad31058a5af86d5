import Glibc

/// Files that tests look into.
public enum TextFile {
  /// The first bytes of a file as text; nil when it cannot be opened.
  public static func read(_ path: String, atMost limit: Int = 1 << 20) -> String? {
    guard let stream = fopen(path, "r") else { return nil }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = fread(&bytes, 1, limit, stream)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
