import Glibc

/// The stream for what is not a result.
enum StandardError {
  /// Writes it at once. Nothing can be done when that fails, and nothing depends on it.
  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}
