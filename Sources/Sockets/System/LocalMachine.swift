import Glibc

/// The machine this program runs on.
public enum LocalMachine {
  /// Its name on its network (gethostname(2)); nil when it has none.
  public static var hostName: String? {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0, bytes[0] != 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
